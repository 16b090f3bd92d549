using System.Net;

namespace Posthorn.EndToEndTests.Stores;

/// <summary>Fault 21: the store of endpoints and history is down.</summary>
public sealed class StoreAwayTests : IAsyncLifetime
{
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_21_with_a_store_that_was_never_there_notifications_are_delivered_and_the_log_is_503()
    {
        await using var consumer = await Consumer.StartAsync();
        _harness.With("--store:kind=postgres", $"--store:postgres:connectionString=Host=127.0.0.1;Port={Ports.Free()};Database=none;Username=nobody;Password=not-shown");
        var worker = await _harness.StartWorkerAsync();

        await _harness.AcceptAsync([.. Enumerable.Range(1, 20).Select(n => Envelopes.Of($"evt_{n}", consumer.Url()))]);

        await Harness.UntilAsync(() => consumer.Requests.Count == 20, "all are delivered", worker.Everything);
        await _harness.UntilQueueIsEmptyAsync();
        foreach (var path in new[] { "/api/deliveries", "/api/webhooks", "/api/events/evt_1", "/api/v1/status/t" })
        {
            var answer = (await _harness.CallAsync($"GET {path}")).ShouldBeProblem(HttpStatusCode.ServiceUnavailable);
            answer.RetryAfter.ShouldNotBeNull();
        }

        (await _harness.CallAsync("POST /api/webhooks", """{"url":"http://127.0.0.1:9/","events":["a"]}""")).ShouldBeProblem(HttpStatusCode.ServiceUnavailable);
        (await _harness.CallAsync("GET /healthz")).Status.ShouldBe(HttpStatusCode.OK);
        (await _harness.CallAsync("GET /readyz")).Status.ShouldBe(HttpStatusCode.OK);
        worker.Output.ShouldContain("is away; deliveries go on");
        (await worker.TerminateAsync()).ShouldBe(0);
        worker.Output.ShouldNotContain("not-shown");
    }

    [Fact]
    public async Task Fault_21_an_event_waits_for_a_store_that_nobody_has_read_yet()
    {
        await using var server = await Database.StartAsync();
        await using var relay = new Relay(server.Host, server.Port);
        await using var consumer = await Consumer.StartAsync();
        _harness.With(server.Settings(relay.Port));
        var first = await _harness.StartWorkerAsync();
        await _harness.RegisterAsync(consumer.Url(), "patient.*");
        (await first.TerminateAsync()).ShouldBe(0);

        // 1. A worker that starts while the store is away takes the event, and waits.
        relay.Cut();
        var worker = await _harness.StartWorkerAsync();
        await _harness.PublishAsync("""{"id":"evt_waits","type":"patient.waits","data":1}""");
        await Harness.UntilAsync(async () => (await _harness.QueueCountsAsync()).GetProperty("scheduled").GetInt64() == 1, "the event waits", worker.Everything);
        consumer.Requests.ShouldBeEmpty();

        // 2. The store is back.
        relay.Mend();
        await Harness.UntilAsync(() => consumer.Requests.Count == 1, "the event arrives", worker.Everything);
        consumer.Ids.ShouldBe(["evt_waits"]);
    }

    [Fact]
    public async Task Fault_21_when_the_store_goes_away_endpoints_get_their_events_and_the_log_is_written_when_it_is_back()
    {
        await using var server = await Database.StartAsync();
        await using var relay = new Relay(server.Host, server.Port);
        await using var consumer = await Consumer.StartAsync();
        _harness.With(server.Settings(relay.Port));
        var worker = await _harness.StartWorkerAsync();
        await _harness.RegisterAsync(consumer.Url(), "brave.*");

        relay.Cut();
        await Harness.UntilAsync(() => worker.Output.Contains("is away; deliveries go on", StringComparison.Ordinal), "the store is missed", worker.Everything);
        await _harness.PublishAsync([.. Enumerable.Range(1, 10).Select(n => $$"""{"id":"evt_brave-{{n}}","type":"brave.went","data":{{n}} }""")]);
        await Harness.UntilAsync(() => consumer.Requests.Count == 10, "all are delivered", worker.Everything);
        (await _harness.CallAsync("GET /api/deliveries")).ShouldBeProblem(HttpStatusCode.ServiceUnavailable);

        relay.Mend();
        foreach (var n in Enumerable.Range(1, 10)) await UntilLoggedAsync($"evt_brave-{n}");
        consumer.Ids.Distinct().Count().ShouldBe(10);
        consumer.Requests.Count.ShouldBe(10);
    }

    private Task UntilLoggedAsync(string eventId) => Harness.UntilAsync(
        async () => await _harness.CallAsync($"GET /api/deliveries?event_id={eventId}") is { Status: HttpStatusCode.OK } answer && answer.Json.Items("deliveries") is [var only] && only.Text("status") == "delivered",
        $"{eventId} is in the log",
        _harness.DescribeProcesses);
}
