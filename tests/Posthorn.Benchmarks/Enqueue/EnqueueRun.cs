using System.Globalization;
using System.Text;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;
using Posthorn.Client;
using Posthorn.Signing;

namespace Posthorn.Benchmarks.Enqueue;

/// <summary>One worker that is handed mail in every way there is. It is due tomorrow, so that what is measured is the acceptance alone.</summary>
internal sealed class EnqueueRun : IAsyncDisposable
{
    private const int WarmUpRate = 500;
    private const int WarmUps = 2; // Until the compiler is done with all of it.
    private const int Commands = 7;
    private static readonly Uri Url = new("http://127.0.0.1:9/hook"); // Nobody is there, and nobody is asked before tomorrow.
    private static readonly DateTimeOffset Tomorrow = DateTimeOffset.UtcNow.AddDays(1);
    private static readonly string Later = $",\"deliver_after\":\"{Tomorrow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}\"";
    private readonly EnqueueOptions _options;
    private readonly Workbench _bench;
    private readonly ReceiverProcess _receiver;
    private readonly Producer _producer;
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly PosthornClient _client;
    private int _named;

    private EnqueueRun(EnqueueOptions options, Workbench bench, ReceiverProcess receiver)
    {
        (_options, _bench, _receiver) = (options, bench, receiver);
        _producer = new Producer(bench.ApiPort);
        _client = new PosthornClient(_http, new PosthornClientOptions { Server = new Uri($"http://127.0.0.1:{bench.ApiPort}") }, TimeProvider.System, Random.Shared);
    }

    public static async Task<EnqueueRun> StartAsync(EnqueueOptions options, CancellationToken cancellation)
    {
        var (bench, receiver) = (new Workbench(), await ReceiverProcess.StartLeanAsync());
        await (await bench.StartWorkerAsync()).UpAsync(cancellation);
        var run = new EnqueueRun(options, bench, receiver);
        await new MailStream(run._producer, receiver).WarmUpAsync(receiver.Hosts(1)[0], WarmUpRate, cancellation);
        for (var warmUp = 0; warmUp < WarmUps; warmUp++)
        {
            await run.SingleAsync(cancellation);
            await run.LibraryAsync(cancellation);
            await run.BatchAsync(isStream: true, cancellation);
            await run.BatchAsync(isStream: false, cancellation);
            await run.LibraryBatchAsync(cancellation);
        }

        return run;
    }

    /// <summary>One envelope a request.</summary>
    public Task<LoopRun> SingleAsync(CancellationToken cancellation)
    {
        var name = Name();
        return ClosedLoop.RunAsync(_options.Clients, _options.Singles, n => _producer.AcceptAsync(EnvelopeOf($"{name}_{n}"), isStream: false, cancellation), cancellation);
    }

    /// <summary>Many envelopes a request; a call is a request, and the speed is that of envelopes.</summary>
    public async Task<LoopRun> BatchAsync(bool isStream, CancellationToken cancellation)
    {
        var (name, size) = (Name(), _options.BatchSize);
        var bodies = Enumerable.Range(0, _options.Batched / size)
            .Select(batch => Enumerable.Range(batch * size, size).Select(n => EnvelopeOf($"{name}_{n}")))
            .Select(batch => Encoding.UTF8.GetBytes(isStream ? string.Join('\n', batch) : $"[{string.Join(',', batch)}]"))
            .ToList();
        var run = await ClosedLoop.RunAsync(_options.BatchClients, bodies.Count, n => _producer.AcceptAsync(bodies[n], isStream, cancellation), cancellation);
        return run with { PerSecond = run.PerSecond * size };
    }

    /// <summary>One envelope a call of the library.</summary>
    public Task<LoopRun> LibraryAsync(CancellationToken cancellation)
    {
        var name = Name();
        return ClosedLoop.RunAsync(_options.Clients, _options.Singles, n => _client.EnqueueAsync(NotificationOf($"{name}_{n}"), cancellation), cancellation);
    }

    /// <summary>Many envelopes a call of the library.</summary>
    public async Task<LoopRun> LibraryBatchAsync(CancellationToken cancellation)
    {
        var (name, size) = (Name(), _options.BatchSize);
        var batches = Enumerable.Range(0, _options.Batched / size).Select(batch => Enumerable.Range(batch * size, size).Select(n => NotificationOf($"{name}_{n}")).ToList()).ToList();
        var run = await ClosedLoop.RunAsync(_options.BatchClients, batches.Count, n => _client.EnqueueAsync(batches[n], cancellation), cancellation);
        return run with { PerSecond = run.PerSecond * size };
    }

    /// <summary>A file with <c>posthorn send</c>, from before its process is started to its end; the times are those of a file of one.</summary>
    public async Task<LoopRun> SendAsync(CancellationToken cancellation)
    {
        var name = Name();
        var file = Path.Combine(_bench.Folder, "later.ndjson");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, _options.Batched).Select(n => EnvelopeOf($"{name}_{n}")), cancellation);
        var all = await _bench.RunCommandAsync(["send", file], cancellation);
        var single = new List<double>();
        for (var n = 0; n < Commands; n++)
        {
            await File.WriteAllTextAsync(file, EnvelopeOf($"{name}_one_{n}"), cancellation);
            single.Add((await _bench.RunCommandAsync(["send", file], cancellation)).Took.TotalMilliseconds);
        }

        return new LoopRun(_options.Batched / all.Took.TotalSeconds, Samples.Percentile(single, 50), Samples.Percentile(single, 99));
    }

    /// <summary>What SQLite has to give.</summary>
    public double Raw()
    {
        using var raw = new RawInserts(_bench.QueueFile, Path.Combine(_bench.Folder, $"raw{Name()}.db"));
        return raw.PerSecond(_options.Batched, _options.BatchSize);
    }

    /// <summary>Single envelopes at a fixed rate, which are delivered at once: the 99th percentile from when each was due to be handed over until it was accepted, in milliseconds.</summary>
    public async Task<double> P99AtRateAsync(CancellationToken cancellation)
    {
        var (name, url) = (Name(), _receiver.Hosts(1)[0]);
        var bodies = OpenLoop.Dues(_options.Rate, _options.Duration).Select((due, n) => (Due: due, Body: SignedMail.Of($"{name}_{n}", url, _options.Payload))).ToList();
        var sent = await OpenLoop.RunAsync([.. bodies.Select(each => each.Due)], n => _producer.AcceptAsync(bodies[n].Body, isStream: false, cancellation), cancellation);
        return Samples.Percentile(sent.Select(each => Samples.Milliseconds(each.Due, each.Done)), 99);
    }

    public async ValueTask DisposeAsync()
    {
        _producer.Dispose();
        _http.Dispose();
        await _bench.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    /// <summary>What ids begin with; none comes twice.</summary>
    private string Name() => $"n{_named++}";

    private string EnvelopeOf(string id) => SignedMail.Of(id, Url, _options.Payload, Later);

    private NotificationEnvelope NotificationOf(string id) => new()
    {
        Id = id,
        Type = "bench.happened",
        DeliverAfter = Tomorrow,
        Destination = new NotificationDestination { Url = Url, Secret = new SigningSecret(SignedMail.Secret) },
        Data = JsonData.Parse(Mail.Payload(id, _options.Payload)),
    };
}
