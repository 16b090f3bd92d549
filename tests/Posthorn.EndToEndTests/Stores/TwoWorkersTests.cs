using System.Net;

namespace Posthorn.EndToEndTests.Stores;

/// <summary>Two workers on one queue file and one store, with an API on each.</summary>
public sealed class TwoWorkersTests : IAsyncLifetime
{
    private const int Events = 200;
    private readonly Harness _harness = new();
    private readonly int _second = Ports.Free();
    private Database? _database;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _harness.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
    }

    [Fact]
    public Task Fault_22_two_workers_on_one_embedded_store_deliver_everything_once() => ServeTogetherAsync();

    [Fact]
    public async Task Fault_22_two_workers_on_one_PostgreSQL_database_deliver_everything_once()
    {
        _database = await Database.StartAsync();
        _harness.With(_database.Settings());
        await ServeTogetherAsync();
    }

    private async Task ServeTogetherAsync()
    {
        await using var consumer = await Consumer.StartAsync();
        await _harness.StartWorkerAsync();
        await _harness.StartWorkerAtAsync(_second);

        // 1. Registered with one, known to the other.
        var id = await _harness.RegisterAsync(consumer.Url(), "shared.*");
        (await _harness.CallAsync($"GET /api/webhooks/{id}", port: _second)).Json.Text("status").ShouldBe("active");
        await Harness.UntilAsync(
            async () =>
            {
                await _harness.CallAsync("POST /api/events", """{"type":"shared.tried","data":1}""", port: _second);
                return consumer.Requests.Count > 0;
            },
            "an event published at the other arrives", _harness.DescribeProcesses);

        // 2. Events through both: each arrives once.
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async batch =>
        {
            var events = Enumerable.Range(batch * (Events / 20), Events / 20).Select(n => $$"""{"id":"evt_{{n}}","type":"shared.told","data":{{n}} }""");
            var answer = await _harness.CallAsync("POST /api/events", $"[{string.Join(',', events)}]", port: batch % 2 == 0 ? null : _second);
            answer.Status.ShouldBe(HttpStatusCode.Accepted, answer.Text);
        }));
        await _harness.UntilQueueIsEmptyAsync();
        var told = consumer.Ids.Where(each => each.StartsWith("evt_") && each.Length < 10).ToList();
        told.Count.ShouldBe(Events);
        told.Distinct().Count().ShouldBe(Events);

        // 3. One log for both.
        foreach (var port in new int?[] { null, _second })
        {
            await Harness.UntilAsync(
                async () => (await _harness.CallAsync("GET /api/deliveries?type=shared.told&status=delivered&limit=250", port: port)).Json.Items("deliveries").Count == Events,
                "the log has all of them", _harness.DescribeProcesses);
        }

        // 4. Deleted at one, the other sends it nothing more.
        await _harness.CallAsync($"DELETE /api/webhooks/{id}", port: _second);
        (await _harness.CallAsync($"GET /api/webhooks/{id}")).ShouldBeProblem(HttpStatusCode.NotFound);
    }
}
