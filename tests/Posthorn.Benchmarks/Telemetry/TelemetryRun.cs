using System.Diagnostics;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;

namespace Posthorn.Benchmarks.Telemetry;

/// <summary>One worker, warmed up, that drains one backlog after the other.</summary>
internal sealed class TelemetryRun : IAsyncDisposable
{
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1.5);
    private readonly Workbench _bench;
    private readonly ReceiverProcess _receiver;
    private readonly ReceiverProcess _collector;
    private readonly WorkerProcess _worker;
    private readonly Producer _producer;
    private readonly MailStream _mail;

    private TelemetryRun(Workbench bench, ReceiverProcess receiver, ReceiverProcess collector, WorkerProcess worker)
    {
        (_bench, _receiver, _collector, _worker) = (bench, receiver, collector, worker);
        _producer = new Producer(bench.ApiPort);
        _mail = new MailStream(_producer, receiver);
    }

    public static async Task<TelemetryRun> StartAsync(bool isOn, CancellationToken cancellation)
    {
        var bench = new Workbench();
        bench.Environment["LOG_LEVEL"] = "Information"; // Its line for every attempt is to be exported, too.
        var (receiver, collector) = (await ReceiverProcess.StartAsync(answering: 1), await ReceiverProcess.StartAsync(answering: 1));
        if (isOn)
        {
            bench.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Answering[0].GetLeftPart(UriPartial.Authority);
            bench.Environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
            bench.Environment["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
            bench.Environment["OTEL_BSP_SCHEDULE_DELAY"] = bench.Environment["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
        }

        var worker = await bench.StartWorkerAsync();
        bench.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT"); // Only the worker is measured.
        var run = new TelemetryRun(bench, receiver, collector, await worker.UpAsync(cancellation));
        await run._mail.WarmUpAsync(receiver.Answering[0], rate: 500, cancellation);
        return run;
    }

    /// <summary>1. let the backlog come onto the queue while the worker stands still, 2. drain it, 3. let it come to rest.</summary>
    public async Task<TelemetrySide> MeasureAsync(int round, int messages, CancellationToken cancellation)
    {
        // 1.
        _worker.Freeze();
        await File.WriteAllLinesAsync(Path.Combine(_bench.Folder, "backlog.ndjson"), Enumerable.Range(0, messages).Select(n => Mail.Of($"mail_{round}_{n}", _receiver.Answering[0])), cancellation);
        await _bench.RunCommandAsync(["send", "backlog.ndjson"], cancellation);
        await _receiver.ForgetAsync();
        await _collector.ForgetAsync();

        // 2.
        using var process = Process.GetProcessById(_worker.Process.Id);
        var (start, cpu) = (Stopwatch.GetTimestamp(), process.TotalProcessorTime);
        _worker.Thaw();
        if (!await Until.IsAsync(async () => (await _receiver.CountAsync()).Arrived >= messages, DrainPatience, cancellation)) throw new BenchmarkException("The backlog was not delivered.");
        var last = MailStream.FirstArrivals(await _receiver.ArrivalsAsync()).Values.Max();

        // 3.
        if (!await Until.IsAsync(async () => await _producer.PendingAsync(cancellation) == 0, DrainPatience, cancellation)) throw new BenchmarkException("The backlog was not settled.");
        await Task.Delay(Rest, cancellation); // What it exports of the last ones.
        process.Refresh();
        return new TelemetrySide(messages / Stopwatch.GetElapsedTime(start, last).TotalSeconds, (process.TotalProcessorTime - cpu).TotalMilliseconds / messages, (await _collector.CountAsync()).Arrived);
    }

    public async ValueTask DisposeAsync()
    {
        _producer.Dispose();
        await _bench.DisposeAsync();
        await _receiver.DisposeAsync();
        await _collector.DisposeAsync();
    }
}
