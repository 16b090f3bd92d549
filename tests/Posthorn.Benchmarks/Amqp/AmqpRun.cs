using System.Diagnostics;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;
using Posthorn.TestSupport;

namespace Posthorn.Benchmarks.Amqp;

/// <summary>One worker that takes the same mail in by every way and delivers none, so that what is measured is the acceptance alone.</summary>
internal sealed class AmqpRun : IAsyncDisposable
{
    private const int WarmUps = 3; // What is compiled anew while it runs has settled by then.
    private const string SecretRef = "config:bench";
    private static readonly Uri Url = new("http://127.0.0.1:9/hook"); // Nobody is asked.
    private readonly AmqpBenchmarkOptions _options;
    private readonly Workbench _bench;
    private readonly Producer _producer;
    private readonly Process _worker;
    private readonly int _port;
    private readonly List<BareProducer> _bare = [];
    private int _named;
    private long _accepted;

    private AmqpRun(AmqpBenchmarkOptions options, Workbench bench, WorkerProcess worker, int port)
    {
        (_options, _bench, _port) = (options, bench, port);
        _worker = Process.GetProcessById(worker.Process.Id);
        _producer = new Producer(bench.ApiPort);
    }

    public static async Task<AmqpRun> StartAsync(AmqpBenchmarkOptions options, CancellationToken cancellation)
    {
        var (bench, port) = (new Workbench(), Ports.Free());
        bench.Settings.AddRange([$"--amqp:url=amqp://127.0.0.1:{port}", "--delivery:enabled=false"]);
        var worker = await (await bench.StartWorkerAsync()).UpAsync(cancellation);
        var run = new AmqpRun(options, bench, worker, port);
        for (var n = 0; n < options.Connections; n++) run._bare.Add(await BareProducer.ConnectAsync(port, cancellation));
        for (var warmUp = 0; warmUp < WarmUps; warmUp++)
        {
            await run.ApiAsync(cancellation);
            await run.BareAsync(cancellation);
            await run.BareBatchAsync(cancellation);
        }

        return run;
    }

    /// <summary>Many envelopes a request.</summary>
    public async Task<AcceptedRun> ApiAsync(CancellationToken cancellation)
    {
        var (name, size) = (Name(), _options.BatchSize);
        var bodies = Enumerable.Range(0, _options.Messages).Select(n => EnvelopeOf($"{name}_{n}")).Chunk(size).Select(batch => string.Join('\n', batch)).ToList();
        return await TimedAsync(() => ClosedLoop.RunAsync(_options.Connections, bodies.Count, n => _producer.AcceptAsync(bodies[n], isStream: true, cancellation), cancellation), cancellation);
    }

    /// <summary>One message a transfer.</summary>
    public Task<AcceptedRun> BareAsync(CancellationToken cancellation) => BareAsync(1, cancellation);

    /// <summary>Many messages a transfer.</summary>
    public Task<AcceptedRun> BareBatchAsync(CancellationToken cancellation) => BareAsync(_options.FrameBatch, cancellation);

    /// <summary>Azure's SDK, which measures itself: not its start, and not its first batches.</summary>
    public async Task<double> JavaScriptAsync(CancellationToken cancellation)
    {
        var (perSecond, sent) = await JavaScriptProducer.RunAsync(_port, Name(), _options, Url, SecretRef, cancellation);
        _accepted += sent;
        await CheckAsync(cancellation);
        return perSecond;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var bare in _bare) bare.Dispose();
        _producer.Dispose();
        _worker.Dispose();
        await _bench.DisposeAsync();
    }

    private async Task<AcceptedRun> BareAsync(int together, CancellationToken cancellation)
    {
        var name = Name();
        var shares = Enumerable.Range(0, _options.Messages).GroupBy(n => n % _bare.Count)
            .Select(share => (Bare: _bare[share.Key], Mail: _bare[share.Key].Prepare(share.Select(n => MessageOf($"{name}_{n}")), together))).ToList();
        return await TimedAsync(() => Task.WhenAll(shares.Select(share => Task.Run(() => share.Bare.SendAsync(share.Mail, cancellation), cancellation))), cancellation);
    }

    /// <summary>Messages a second, all of which must be on the queue afterwards.</summary>
    private async Task<AcceptedRun> TimedAsync(Func<Task> sendAsync, CancellationToken cancellation)
    {
        _worker.Refresh();
        var (started, cpu) = (Stopwatch.GetTimestamp(), _worker.TotalProcessorTime);
        await sendAsync();
        var took = Stopwatch.GetElapsedTime(started);
        _worker.Refresh();
        cpu = _worker.TotalProcessorTime - cpu;
        _accepted += _options.Messages;
        await CheckAsync(cancellation);
        return new AcceptedRun(_options.Messages / took.TotalSeconds, cpu.TotalMicroseconds / _options.Messages);
    }

    private async Task CheckAsync(CancellationToken cancellation)
    {
        var pending = await _producer.PendingAsync(cancellation);
        if (pending != _accepted) throw new BenchmarkException($"{_accepted} messages were accepted, and {pending} are on the queue.");
    }

    /// <summary>What ids begin with; none comes twice.</summary>
    private string Name() => $"n{_named++}";

    private string EnvelopeOf(string id) => Mail.Of(id, Url, Mail.Payload(id, _options.Payload), credential: $",\"secret_ref\":\"{SecretRef}\"");

    private BareMessage MessageOf(string id) => new(id, "bench.happened", Url, SecretRef, Mail.Payload(id, _options.Payload));
}

/// <summary>How messages were accepted.</summary>
/// <param name="PerSecond">Messages a second.</param>
/// <param name="CpuMicroseconds">The worker's processor time of one.</param>
internal sealed record AcceptedRun(double PerSecond, double CpuMicroseconds);
