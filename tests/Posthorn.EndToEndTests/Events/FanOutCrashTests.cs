using System.Diagnostics;
using System.Net;

namespace Posthorn.EndToEndTests.Events;

public sealed class FanOutCrashTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Endpoints = 50;
    private const int Events = 400;
    private const int Kills = 6;
    private const int MaxInFlight = 256;
    private readonly Harness _harness = new Harness().With("--queue:lockDuration=00:00:02", $"--delivery:maxInFlight={MaxInFlight}", "--profiles:plain:signature:header=");

    public ValueTask InitializeAsync()
    {
        _harness.Environment["LOG_LEVEL"] = "Error";
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_1_2_3_4_workers_killed_in_the_middle_of_fan_out_send_every_event_to_every_endpoint()
    {
        var random = Seeded();
        await using var consumer = await Consumer.StartAsync();

        // 1. The endpoints, and a producer that publishes each ten again until they are accepted.
        var first = await _harness.StartWorkerAsync();
        for (var n = 1; n <= Endpoints; n++) await _harness.RegisterAsync(consumer.Url($"/{n}"), "storm.*", ""","profile":"plain" """);
        var publishing = PublishAsync();

        // 2. Killed at moments of chance while it fans out, and one that lives.
        var kills = new List<long>();
        for (var (kill, worker) = (0, first); kill < Kills; kill++, worker = await _harness.StartWorkerAsync())
        {
            await Task.Delay(random.Next(50, 600));
            await worker.KillAsync();
            kills.Add(Stopwatch.GetTimestamp());
        }

        await publishing;
        await _harness.UntilQueueIsEmptyAsync(TimeSpan.FromSeconds(90));

        // 3. Every pair arrived.
        var pairs = consumer.Requests.GroupBy(request => (Path: request.RequestLine.Split(' ')[1], Id: request["webhook-id"])).ToDictionary(pair => pair.Key, pair => pair.Select(request => request.At).ToList());
        var repeated = pairs.Values.Where(times => times.Count > 1).ToList();
        output.WriteLine($"{consumer.Requests.Count} requests for {pairs.Count} pairs, {repeated.Count} repeated");
        pairs.Count.ShouldBe(Endpoints * Events);
        (await _harness.QueueCountsAsync()).GetProperty("dead").GetInt64().ShouldBe(0);

        // 4. One arrived again only where a worker died in between, and no more of them than it had in flight.
        repeated.ShouldAllBe(times => times.Zip(times.Skip(1)).All(both => kills.Exists(kill => both.First < kill && kill < both.Second)));
        consumer.Requests.Count.ShouldBeLessThanOrEqualTo((Endpoints * Events) + (Kills * MaxInFlight));
    }

    private Random Seeded()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("POSTHORN_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"POSTHORN_SEED={seed}");
        return new Random(seed);
    }

    private async Task PublishAsync()
    {
        foreach (var ids in Envelopes.Ids("evt", Events).Chunk(10))
            await Harness.UntilAsync(() => TryPublishAsync(ids), "the events are accepted");
    }

    private async Task<bool> TryPublishAsync(IEnumerable<string> ids)
    {
        try
        {
            var answer = await _harness.CallAsync("POST /api/events", $"[{string.Join(',', ids.Select(id => $$"""{"id":"{{id}}","type":"storm.came","data":{"n":1} }"""))}]");
            answer.Status.ShouldBeOneOf(HttpStatusCode.Accepted, HttpStatusCode.ServiceUnavailable);
            return answer.Status == HttpStatusCode.Accepted;
        }
        catch (HttpRequestException)
        {
            return false; // The worker is dead just now.
        }
    }
}
