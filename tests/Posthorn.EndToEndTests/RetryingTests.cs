using System.Text.Json;

namespace Posthorn.EndToEndTests;

[Collection(Alone.Name)]
public sealed class RetryingTests : IAsyncLifetime
{
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:00.3", "00:00:00.6").With("--profiles:fast:timeout=00:00:01");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_receiver_that_fails_twice_is_delivered_to_on_the_third_attempt_at_the_scheduled_times()
    {
        await using var receiver = new RawReceiver(number => number < 3 ? 500 : 200);
        await _harness.StartWorkerAsync();

        await _harness.AcceptAsync(Envelopes.Of("evt_third", receiver.Url(), "fast"));

        await Harness.UntilAsync(() => receiver.Requests.Count == 3, "three attempts");
        await _harness.UntilQueueIsEmptyAsync();
        var requests = receiver.Requests;
        requests.Count.ShouldBe(3);
        requests.Select(request => request["webhook-id"]).Distinct().ShouldBe(["evt_third"]);
        requests.Select(request => request.Text).Distinct().ShouldHaveSingleItem();
        ShouldCome(requests[1].Since(requests[0]), TimeSpan.FromSeconds(0.3), jitter: 0.1);
        ShouldCome(requests[2].Since(requests[1]), TimeSpan.FromSeconds(0.6), jitter: 0.1);
    }

    [Fact]
    public async Task Proposal_waits_its_own_one_and_two_seconds()
    {
        await using var receiver = new RawReceiver(number => number < 3 ? 500 : 200);
        await _harness.StartWorkerAsync();

        await _harness.AcceptAsync(Envelopes.Of("evt_proposal", receiver.Url(), "proposal"));

        await Harness.UntilAsync(() => receiver.Requests.Count == 3, "three attempts");
        var requests = receiver.Requests;
        ShouldCome(requests[1].Since(requests[0]), TimeSpan.FromSeconds(1), jitter: 0.2);
        ShouldCome(requests[2].Since(requests[1]), TimeSpan.FromSeconds(2), jitter: 0.2);
    }

    [Fact]
    public async Task Fault_33_and_55_what_is_final_rests_under_its_own_reason()
    {
        await using var gone = new RawReceiver(_ => 410);
        await using var bad = new RawReceiver(_ => 400);
        await _harness.StartWorkerAsync();

        await _harness.AcceptAsync(
            Envelopes.Of("evt_gone", gone.Url(), "fast"),
            Envelopes.Of("evt_bad", bad.Url(), "proposal"),
            Envelopes.Of("evt_secretless", gone.Url(), "fast", "\"secret_ref\":\"config:missing\""));

        var letters = await _harness.UntilDeadAsync(3);
        Reasons(letters).ShouldBe(new Dictionary<string, string>
        {
            ["evt_gone"] = "EndpointGone",
            ["evt_bad"] = "PermanentFailure",
            ["evt_secretless"] = "SecretUnavailable",
        }, ignoreOrder: true);
        gone.Requests.ShouldHaveSingleItem()["webhook-id"].ShouldBe("evt_gone", "never sent unsigned");
        bad.Requests.ShouldHaveSingleItem();
    }

    private static void ShouldCome(TimeSpan waited, TimeSpan scheduled, double jitter) =>
        waited.ShouldBeInRange(scheduled * (1 - jitter) - TimeSpan.FromMilliseconds(20), scheduled * (1 + jitter) + TimeSpan.FromSeconds(1.5));

    private static string? Text(JsonElement letter, string name) => letter.GetProperty(name).GetString();

    private static Dictionary<string, string> Reasons(IEnumerable<JsonElement> letters) => letters.ToDictionary(letter => Text(letter, "id") ?? "", letter => Text(letter, "reason") ?? "");
}
