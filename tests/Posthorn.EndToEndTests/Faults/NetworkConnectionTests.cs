using System.Net;
using System.Net.Sockets;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>There is nobody, nobody answers, or the connection breaks: each is tried again through the schedule, and its cause is kept.</summary>
public sealed class NetworkConnectionTests(NetworkWorker worker) : IClassFixture<NetworkWorker>
{
    [Fact]
    public async Task Fault_23_a_name_that_does_not_resolve_is_tried_again_and_rests_with_its_cause() =>
        (await worker.SendAsync("evt_23", new Uri("http://nowhere.invalid/hook"))).ShouldBeExhausted("NameResolution");

    [Fact]
    public async Task Fault_24_who_refuses_the_connection_is_tried_again_and_rests_with_the_cause() =>
        (await worker.SendAsync("evt_24_refused", new Uri($"http://127.0.0.1:{Ports.Free()}/hook"))).ShouldBeExhausted("Connect", "refused");

    [Fact]
    public async Task Fault_24_who_resets_the_connection_is_tried_again_and_rests_with_the_cause()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Reset);

        (await worker.SendAsync("evt_24_reset", receiver.Url())).ShouldBeExhausted("ConnectionLost");

        receiver.Requests.Select(request => request["webhook-id"]).Distinct().ShouldBe(["evt_24_reset"]);
    }

    [Fact]
    public async Task Fault_24_who_is_back_for_the_second_attempt_is_delivered_to()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.InTurn(HostileAnswers.Bytes("HTTP/1.1 2"), HostileAnswers.Status(200)));

        (await worker.SendAsync("evt_24_back", receiver.Url())).ShouldBeDelivered(attempts: 2);

        receiver.Requests.Select(request => request.Text).ShouldBe(["""{"n":"evt_24_back"}""", """{"n":"evt_24_back"}"""]);
    }

    [Fact]
    public async Task Fault_26_a_half_open_connection_is_left_at_the_deadline_and_tried_again()
    {
        await using var silent = new HostileReceiver(HostileAnswers.Silence);
        await using var deaf = new HostileReceiver(HostileAnswers.Silence);
        using var neverAccepting = new TcpListener(IPAddress.Loopback, 0);
        neverAccepting.Start();
        var port = ((IPEndPoint)neverAccepting.LocalEndpoint).Port;
        await worker.AcceptAsync(
            Envelopes.Of("evt_26_silent", silent.Url(), "brief"),
            Envelopes.Of("evt_26_handshake", new Uri($"https://127.0.0.1:{deaf.Port}/hook"), "brief"),
            Envelopes.Of("evt_26_unaccepted", new Uri($"http://127.0.0.1:{port}/hook"), "brief"));

        foreach (var id in new[] { "evt_26_silent", "evt_26_handshake", "evt_26_unaccepted" })
            (await worker.UntilOverAsync(id)).ShouldHaveTimedOut();
        await Harness.UntilAsync(() => silent.Departures.Count == NetworkWorker.Attempts, "every connection was closed");
    }
}
