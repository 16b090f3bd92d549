using System.Diagnostics;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;

namespace Posthorn.Benchmarks.Isolation;

/// <summary>One worker with its receivers: warmed up, then its throughput, then its latency.</summary>
internal sealed class IsolationRun : IAsyncDisposable
{
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(60);
    private readonly IsolationOptions _options;
    private readonly Workbench _bench;
    private readonly ReceiverProcess _receiver;
    private readonly WorkerProcess _worker;
    private readonly Producer _producer;
    private readonly MailStream _mail;

    private IsolationRun(IsolationOptions options, Workbench bench, ReceiverProcess receiver, WorkerProcess worker)
    {
        (_options, _bench, _receiver, _worker) = (options, bench, receiver, worker);
        _producer = new Producer(bench.ApiPort);
        _mail = new MailStream(_producer, receiver);
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
        await _mail.WarmUpAsync(_receiver.Answering[0], _options.Rate, cancellation);

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
        var arrivals = MailStream.FirstArrivals(await _receiver.ArrivalsAsync()).Values;
        var unfinished = _options.Messages - arrivals.Count;
        var end = unfinished == 0 ? arrivals.Max() : Stopwatch.GetTimestamp(); // What has not come by now is no faster than this.
        return (arrivals.Count / Stopwatch.GetElapsedTime(start, end).TotalSeconds, unfinished);
    }

    /// <summary>Mail for the healthy one at a fixed rate, and one message a second for each that hangs.</summary>
    private Task<Lateness> ArriveAsync(CancellationToken cancellation)
    {
        var healthy = OpenLoop.Dues(_options.Rate, _options.Duration).Select((due, n) => new TimedMail(due, $"late_{n}", _receiver.Answering[0]));
        var rest = OpenLoop.Dues(_receiver.Hanging.Count, _options.Duration).Select((due, n) => new TimedMail(due, $"later_{n}", _receiver.Hanging[n % _receiver.Hanging.Count], IsMeasured: false));
        return _mail.ArriveAsync([.. healthy.Concat(rest).OrderBy(each => each.Due)], cancellation);
    }

    /// <summary>The envelopes of all destinations, evenly mixed all through.</summary>
    private IEnumerable<string> Backlog()
    {
        var hanging = _receiver.Hanging.Count * _options.Backlog;
        var (due, next) = (0, 0);
        for (var n = 0; n < _options.Messages; n++)
        {
            for (due += hanging; due >= _options.Messages; due -= _options.Messages, next++) yield return Mail.Of($"stuck_{next}", _receiver.Hanging[next % _receiver.Hanging.Count]);
            yield return Mail.Of($"evt_{n}", _receiver.Answering[0]);
        }
    }
}
