using System.Net;
using Posthorn.Sending;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>A name that is public when it is accepted and leads inside when it is dialled: what is dialled is what was judged.</summary>
public sealed class AddressRebindingTests(AddressFormTests.Worker worker) : IClassFixture<AddressFormTests.Worker>
{
    private static readonly NetworkPolicy Production = new() { AllowHttp = true };
    private static readonly NetworkPolicy WithLoopback = new() { AllowHttp = true, AllowLoopback = true };

    [Fact]
    public async Task Fault_41_a_name_that_leads_inside_is_blocked_at_the_connect_and_not_tried_again()
    {
        var name = await LocalName.FindAsync();
        await using var inside = new HostileReceiver(HostileAnswers.Status(200), address: IPAddress.IPv6Any);

        var outcome = await worker.SendAsync("evt_41", new Uri($"http://{name}:{inside.Port}/hook"));

        outcome.Reason.ShouldBe("BlockedAddress", outcome.ToString());
        var attempt = outcome.Attempts.ShouldHaveSingleItem();
        attempt.Error.ShouldBe("BlockedAddress");
        attempt.Detail.ShouldContain($"{name} resolves to");
        inside.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("8.8.8.8", "127.0.0.1")]
    [InlineData("127.0.0.1", "8.8.8.8")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task Fault_41_one_denied_address_among_a_names_blocks_it_before_a_packet(params string[] addresses)
    {
        await using var inside = new HostileReceiver(HostileAnswers.Status(200));
        using var http = Sender(Production, _ => addresses);

        var refused = await Should.ThrowAsync<HttpRequestException>(() => PostAsync(http, inside.Port));

        refused.InnerException.ShouldBeOfType<BlockedAddressException>();
        inside.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task Fault_41_a_name_is_resolved_once_a_connection_so_the_judged_address_is_the_dialled_one()
    {
        var asked = 0;
        await using var first = new HostileReceiver(HostileAnswers.Status(200));
        using var http = Sender(WithLoopback, time => (asked = time) == 1 ? ["127.0.0.1"] : ["10.0.0.1"]);

        (await PostAsync(http, first.Port)).ShouldBe(HttpStatusCode.OK);

        asked.ShouldBe(1);
        first.Requests.ShouldHaveSingleItem()["Host"].ShouldBe($"rebinding.example:{first.Port}");
    }

    [Fact]
    public async Task Fault_41_every_new_connection_is_judged_anew()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Bytes("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
        using var http = Sender(WithLoopback, time => time == 1 ? ["127.0.0.1"] : ["10.0.0.1"]);

        (await PostAsync(http, receiver.Port)).ShouldBe(HttpStatusCode.OK);
        var refused = await Should.ThrowAsync<HttpRequestException>(() => PostAsync(http, receiver.Port));

        refused.InnerException.ShouldBeOfType<BlockedAddressException>().Message.ShouldContain("10.0.0.1");
    }

    [Fact]
    public async Task Fault_41_42_every_denied_range_is_denied_again_at_the_connect()
    {
        foreach (var address in AddressForms.Addresses)
        {
            using var http = Sender(Production, _ => [address.ToString()]);
            var refused = await Should.ThrowAsync<HttpRequestException>(() => PostAsync(http, port: 9), address.ToString());
            refused.InnerException.ShouldBeOfType<BlockedAddressException>(address.ToString());
        }
    }

    /// <summary>The product's own handler, with names resolved by the test: it is told how often it was asked.</summary>
    private static HttpMessageInvoker Sender(NetworkPolicy policy, Func<int, string[]> resolve)
    {
        var asked = 0;
        return new HttpMessageInvoker(WebhookHandler.Create(policy, 4, (_, _) => Task.FromResult<IPAddress[]>([.. resolve(++asked).Select(IPAddress.Parse)])));
    }

    private static async Task<HttpStatusCode> PostAsync(HttpMessageInvoker http, int port)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://rebinding.example:{port}/hook") { Content = new StringContent("{}") };
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var response = await http.SendAsync(request, deadline.Token);
        return response.StatusCode;
    }
}

/// <summary>A name of this machine that looks like anybody's, as an attacker's own name server would make one.</summary>
internal static class LocalName
{
    public static async Task<string> FindAsync()
    {
        foreach (var name in new[] { Dns.GetHostName(), "ip6-localhost", "localhost4", "localhost.localdomain" })
        {
            if (await AddressesAsync(name) is { Length: > 0 } addresses && Array.Exists(addresses, address => AddressGuard.KindOf(address) != AddressKind.Public)) return name;
        }

        Assert.Skip("This machine has no name but localhost that leads to it.");
        return "";
    }

    private static async Task<IPAddress[]> AddressesAsync(string name)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(name);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return [];
        }
    }
}
