using System.Collections.Concurrent;
using System.Net;
using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

public sealed class ProcessKilledUnderLoadTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Kills = 8;
    private readonly Harness _harness = new Harness().With("--queue:lockDuration=00:00:02");
    private readonly ConcurrentDictionary<string, bool> _accepted = new();

    public ValueTask InitializeAsync()
    {
        _harness.Environment["LOG_LEVEL"] = "Error";
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_1_2_3_a_worker_killed_again_and_again_under_load_loses_nothing()
    {
        var random = Seeded();
        await using var receiver = await Receiver.StartSlowAsync(TimeSpan.FromMilliseconds(40));

        // 1. Producers of both kinds, while the worker dies at random moments.
        var producing = Task.WhenAll(PostAsync("api", 1000, receiver.Url()), SendAsync("cli", 2, 500, receiver.Url()));
        for (var kill = 0; kill < Kills; kill++)
        {
            var worker = await _harness.StartWorkerAsync();
            await Task.Delay(random.Next(50, 900));
            await worker.KillAsync();
        }

        // 2. One that lives.
        await _harness.StartWorkerAsync();
        await producing;
        await _harness.UntilQueueIsEmptyAsync(TimeSpan.FromSeconds(60));

        // 3. Accepted = delivered ∪ dead, and each under its own id.
        _accepted.Count.ShouldBe(2000);
        var arrived = receiver.Requests;
        arrived.ShouldAllBe(request => request.Text == $$"""{"n":"{{request["webhook-id"]}}"}""");
        var dead = (await _harness.DeadLettersAsync()).Select(letter => letter.GetProperty("id").GetString() ?? "").ToHashSet();
        var ids = arrived.Select(request => request["webhook-id"]).ToHashSet();
        output.WriteLine($"{arrived.Count} requests for {ids.Count} ids, {dead.Count} dead");
        _accepted.Keys.Where(id => !ids.Contains(id) && !dead.Contains(id)).ShouldBeEmpty();
        ids.ShouldBeSubsetOf(_accepted.Keys);
    }

    [Fact]
    public async Task Fault_1_a_killed_send_has_on_the_queue_what_it_reported_as_accepted()
    {
        var url = new Uri("http://127.0.0.1:9/hook");
        var file = _harness.Write("many.ndjson", Envelopes.Lines(Envelopes.Ids("evt", 50_000), url));
        var send = _harness.Start("send", file, "--json");

        var enough = Seeded().Next(1, 8_000) * 60; // characters: about a line each
        await Harness.UntilAsync(() => send.Output.Length > enough || send.HasExited, "send has reported some");
        await send.KillAsync();

        var reported = send.JsonLines().Where(line => line.TryGetProperty("outcome", out var outcome) && outcome.GetString() == "accepted").Select(line => line.GetProperty("id").GetString() ?? "").ToList();
        output.WriteLine($"{reported.Count} reported as accepted; exit code {send.ExitCode}");
        reported.Count.ShouldBeInRange(1, 49_999, "it was killed in the middle");
        var queued = await QueuedAsync();
        output.WriteLine($"{queued.Count} on the queue");
        reported.Where(id => !queued.Contains(id)).ShouldBeEmpty();
    }

    /// <summary>Chance with a seed that is printed, and taken again from POSTHORN_SEED.</summary>
    private Random Seeded()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("POSTHORN_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"POSTHORN_SEED={seed}");
        return new Random(seed);
    }

    private async Task<HashSet<string>> QueuedAsync()
    {
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = _harness.QueueFile, LockDuration = TimeSpan.FromMinutes(5) }, TimeProvider.System);
        var ids = new HashSet<string>();
        while (await queue.ReceiveAsync(2000, 2000, TimeSpan.Zero, CancellationToken.None) is { Count: > 0 } leases)
            ids.UnionWith(leases.Select(lease => lease.Message.MessageId));
        return ids;
    }

    /// <summary>Posts in tens, each again until it is answered.</summary>
    private async Task PostAsync(string prefix, int count, Uri url)
    {
        foreach (var ids in Envelopes.Ids(prefix, count).Chunk(10))
        {
            while (!await TryPostAsync(ids, url)) await Task.Delay(50);
            foreach (var id in ids) _accepted[id] = true;
        }
    }

    private async Task<bool> TryPostAsync(IEnumerable<string> ids, Uri url)
    {
        try
        {
            using var answer = await _harness.PostAsync($"[{string.Join(',', ids.Select(id => Envelopes.Of(id, url)))}]");
            answer.StatusCode.ShouldBeOneOf(HttpStatusCode.Accepted, HttpStatusCode.ServiceUnavailable);
            return answer.StatusCode == HttpStatusCode.Accepted;
        }
        catch (HttpRequestException)
        {
            return false; // The worker is dead just now.
        }
    }

    private async Task SendAsync(string prefix, int files, int count, Uri url)
    {
        for (var n = 1; n <= files; n++)
        {
            var file = _harness.Write($"{prefix}-{n}.ndjson", Envelopes.Lines(Envelopes.Ids($"{prefix}{n}", count), url));
            var sent = await _harness.RunAsync("send", file, "--json");
            sent.ExitCode.ShouldBe(0, sent.Everything());
            foreach (var line in sent.JsonLines().Where(line => line.TryGetProperty("id", out _))) _accepted[line.GetProperty("id").GetString() ?? ""] = true;
        }
    }
}
