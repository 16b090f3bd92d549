using System.Diagnostics;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;
using Posthorn.Benchmarks.Receiving;

namespace Posthorn.Benchmarks.Isolation;

/// <summary>One worker with its receivers: warmed up, then its throughput, then its latency.</summary>
internal sealed class IsolationRun : IAsyncDisposable
{
    private const int PayloadBytes = 1024;
    private const int WarmUp = 2000;
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ArrivalPatience = TimeSpan.FromSeconds(10);
    private readonly IsolationOptions _options;
    private readonly Workbench _bench;
    private readonly ReceiverProcess _receiver;
    private readonly WorkerProcess _worker;
    private readonly Producer _producer;

    private IsolationRun(IsolationOptions options, Workbench bench, ReceiverProcess receiver, WorkerProcess worker)
    {
        (_options, _bench, _receiver, _worker) = (options, bench, receiver, worker);
        _producer = new Producer(bench.ApiPort);
    }

    public static async Task<IsolationRun> StartAsync(IsolationOptions options, int hanging, CancellationToken cancellation)
    {
        var bench = new Workbench();
        var receiver = await ReceiverProcess.StartAsync(answering: 1, hanging);
        var worker = await bench.StartWorkerAsync();
        return new IsolationRun(options, bench, receiver, await worker.UpAsync(cancellation));
    }

    /// <summary>1. warm up, 2. drain a backlog, 3. take mail as it comes, while the hanging ones still hang.</summary>
    public async Task<IsolationSide> MeasureAsync(CancellationToken cancellation)
    {
        // 1.
        await WarmUpAsync(cancellation);

        // 2.
        var (perSecond, unfinished) = await DrainAsync(cancellation);

        // 3.
        await _receiver.ForgetAsync();
        var late = await ArriveAsync(cancellation);
        return new IsolationSide
        {
            PerSecond = perSecond,
            Unfinished = unfinished,
            Lateness = late,
            Reached = (await _receiver.CountAsync()).Reached,
            Left = await _producer.PendingAsync(cancellation),
        };
    }

    public async ValueTask DisposeAsync()
    {
        _producer.Dispose();
        await _bench.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    /// <summary>Both ways that mail comes in and goes out, until the compiler and the connections are warm and nothing is left to do.</summary>
    private async Task WarmUpAsync(CancellationToken cancellation)
    {
        await _producer.AcceptAsync(string.Join('\n', Enumerable.Range(0, WarmUp).Select(n => Healthy($"warm_{n}"))), isStream: true, cancellation);
        await OpenLoop.RunAsync(Dues(_options.Rate, TimeSpan.FromSeconds(1)), n => _producer.AcceptAsync(Healthy($"warmer_{n}"), isStream: false, cancellation), cancellation);
        if (!await Until.IsAsync(async () => await _producer.PendingAsync(cancellation) == 0, DrainPatience, cancellation)) throw new BenchmarkException("The worker did not deliver what was to warm it up.");
        await Task.Delay(TimeSpan.FromMilliseconds(500), cancellation); // What it notes of the last ones.
        await _receiver.ForgetAsync();
    }

    /// <summary>
    /// The worker stands still while its backlog comes onto the queue, so that all of it is there when the clock starts. The clock starts
    /// with the worker, not with the first arrival: a worker that is busy with the hanging ones first has to answer for that.
    /// </summary>
    private async Task<(double PerSecond, int Unfinished)> DrainAsync(CancellationToken cancellation)
    {
        _worker.Freeze();
        await File.WriteAllLinesAsync(Path.Combine(_bench.Folder, "backlog.ndjson"), Backlog(), cancellation);
        await using (var send = await _bench.StartCommandAsync("send", "backlog.ndjson"))
            if (!await send.EndsWithinAsync(DrainPatience, cancellation) || send.ExitCode != 0) throw new BenchmarkException("The backlog did not come onto the queue.");

        var start = Stopwatch.GetTimestamp();
        _worker.Thaw();
        await Until.IsAsync(async () => (await _receiver.CountAsync()).Arrived >= _options.Messages, DrainPatience, cancellation);
        var arrivals = FirstArrivals(await _receiver.ArrivalsAsync()).Values;
        var unfinished = _options.Messages - arrivals.Count;
        var end = unfinished == 0 ? arrivals.Max() : Stopwatch.GetTimestamp(); // What has not come by now is no faster than this.
        return (arrivals.Count / Stopwatch.GetElapsedTime(start, end).TotalSeconds, unfinished);
    }

    /// <summary>Mail for the healthy one at a fixed rate, and one message a second for each that hangs.</summary>
    private async Task<Lateness> ArriveAsync(CancellationToken cancellation)
    {
        var healthy = Dues(_options.Rate, _options.Duration).Select(due => (Due: due, Url: _receiver.Answering[0], IsHealthy: true));
        var rest = Dues(_receiver.Hanging.Count, _options.Duration).Select((due, n) => (Due: due, Url: _receiver.Hanging[n % _receiver.Hanging.Count], IsHealthy: false));
        var mail = healthy.Concat(rest).OrderBy(each => each.Due).ToList();
        var bodies = mail.Select((each, n) => Of($"late_{n}", each.Url)).ToList();

        var sent = await OpenLoop.RunAsync([.. mail.Select(each => each.Due)], n => _producer.AcceptAsync(bodies[n], isStream: false, cancellation), cancellation);
        var wanted = mail.Index().Where(each => each.Item.IsHealthy).ToDictionary(each => $"late_{each.Index}", each => sent[each.Index]);
        var arrived = new Dictionary<string, long>();
        await Until.IsAsync(
            async () => (await _receiver.CountAsync()).Arrived >= wanted.Count && wanted.Keys.All((arrived = FirstArrivals(await _receiver.ArrivalsAsync())).ContainsKey),
            ArrivalPatience, cancellation);
        return Lateness.Of(wanted, arrived, Stopwatch.GetTimestamp());
    }

    /// <summary>When each id came first; a second time counts for nothing.</summary>
    private static Dictionary<string, long> FirstArrivals(IReadOnlyList<Arrival> arrivals) =>
        arrivals.GroupBy(arrival => arrival.Id).ToDictionary(same => same.Key, same => same.Min(arrival => arrival.At), StringComparer.Ordinal);

    /// <summary>The envelopes of all destinations, evenly mixed all through.</summary>
    private IEnumerable<string> Backlog()
    {
        var hanging = _receiver.Hanging.Count * _options.Backlog;
        var (due, next) = (0, 0);
        for (var n = 0; n < _options.Messages; n++)
        {
            for (due += hanging; due >= _options.Messages; due -= _options.Messages, next++) yield return Of($"stuck_{next}", _receiver.Hanging[next % _receiver.Hanging.Count]);
            yield return Healthy($"evt_{n}");
        }
    }

    private string Healthy(string id) => Of(id, _receiver.Answering[0]);

    private static string Of(string id, Uri url) => Mail.Of(id, url, Mail.Payload(id, PayloadBytes));

    private static IReadOnlyList<TimeSpan> Dues(int rate, TimeSpan duration) =>
        [.. Enumerable.Range(0, (int)(rate * duration.TotalSeconds)).Select(n => TimeSpan.FromSeconds((double)n / rate))];
}
