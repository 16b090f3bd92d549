using System.Diagnostics;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;
using Posthorn.Delivery;

namespace Posthorn.Benchmarks.Drain;

/// <summary>One worker, warmed up, that drains one backlog after the other, and the bare loop beside it, which sends to the same receiver while the worker stands still.</summary>
internal sealed class DrainRun : IAsyncDisposable
{
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1.5);
    private readonly DrainOptions _options;
    private readonly Workbench _bench;
    private readonly ReceiverProcess _receiver;
    private readonly WorkerProcess _worker;
    private readonly Producer _producer;
    private readonly IReadOnlyList<Uri> _destinations;

    private DrainRun(DrainOptions options, Workbench bench, ReceiverProcess receiver, BareLoop bare, WorkerProcess worker)
    {
        (_options, _bench, _receiver, _worker, Bare) = (options, bench, receiver, worker, bare);
        _producer = new Producer(bench.ApiPort);
        _destinations = receiver.Hosts(options.Destinations);
    }

    public BareLoop Bare { get; }

    /// <summary>The most that the worker may have in flight to one destination.</summary>
    public int PerDestination => CapOf(_options, Bare);

    public static async Task<DrainRun> StartAsync(DrainOptions options, CancellationToken cancellation)
    {
        var bench = new Workbench();
        if (options.IsProfiled) foreach (var (name, value) in CpuProfile.Environment) bench.Environment[name] = value;
        bench.IsKept = options.IsProfiled;
        var receiver = await ReceiverProcess.StartLeanAsync(options.IsClosing);
        var bare = new BareLoop(receiver.Hosts(options.Destinations), options.Payload);
        if (options.IsTuned) await bare.TuneAsync(cancellation);
        bench.Settings.Add($"--delivery:maxInFlightPerDestination={CapOf(options, bare)}");
        var worker = await (await bench.StartWorkerAsync()).UpAsync(cancellation);
        return new DrainRun(options, bench, receiver, bare, worker);
    }

    /// <summary>The bare loop alone.</summary>
    public async Task<LoopRun> RunBareAsync(CancellationToken cancellation)
    {
        _worker.Freeze();
        try
        {
            return await Bare.RunAsync(_options.Messages, cancellation);
        }
        finally
        {
            _worker.Thaw();
        }
    }

    /// <summary>Until the compiler is done with the way of a message through the worker.</summary>
    public async Task WarmUpAsync(CancellationToken cancellation)
    {
        for (var warmUp = 1; warmUp <= _options.WarmUps; warmUp++) await DrainAsync($"w{warmUp}", Math.Min(_options.Messages, _options.WarmUp), isProfiled: false, cancellation);
    }

    /// <summary>Drains a backlog of all messages.</summary>
    public Task<DrainSide> DrainAsync(string name, CancellationToken cancellation) => DrainAsync(name, _options.Messages, _options.IsProfiled, cancellation);

    /// <summary>1. let the backlog come onto the queue while the worker stands still, 2. drain it, 3. let it come to rest.</summary>
    /// <param name="name">The backlog's own: no id may come twice.</param>
    /// <param name="messages">How many.</param>
    /// <param name="isProfiled">Whether it is sampled, from 2. on.</param>
    /// <param name="cancellation">Stops it.</param>
    private async Task<DrainSide> DrainAsync(string name, int messages, bool isProfiled, CancellationToken cancellation)
    {
        // 1.
        _worker.Freeze();
        await SignedMail.SendAsync(_bench, name, messages, _destinations, _options.Payload, cancellation);
        await _receiver.ForgetAsync();

        // 2.
        using var process = Process.GetProcessById(_worker.Process.Id);
        var (start, cpu) = (Stopwatch.GetTimestamp(), process.TotalProcessorTime);
        _worker.Thaw();
        using var profile = isProfiled ? CpuProfile.Start(process.Id, _bench.Folder) : null;
        await ArriveAsync(messages, cancellation);
        var counts = await _receiver.TallyAsync();
        if (profile is not null) await profile.TellAsync(cancellation);

        // 3.
        if (!await Until.IsAsync(async () => await _producer.PendingAsync(cancellation) == 0, Stall, cancellation)) throw new BenchmarkException("The backlog was not settled.");
        await Task.Delay(Rest, cancellation); // What it notes of the last ones.
        process.Refresh();
        var attempts = await _producer.AttemptsAsync(cancellation);
        return new DrainSide
        {
            PerSecond = messages / Stopwatch.GetElapsedTime(start, counts.Last).TotalSeconds,
            CpuMicroseconds = (process.TotalProcessorTime - cpu).TotalMicroseconds / messages,
            RssMegabytes = (_worker.Process.PeakMemory() ?? 0) / 1e6,
            P50Ms = attempts.P50Ms,
            P99Ms = attempts.P99Ms,
            Repeated = counts.Repeated,
        };
    }

    public async ValueTask DisposeAsync()
    {
        Bare.Dispose();
        _producer.Dispose();
        await _bench.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    private static int CapOf(DrainOptions options, BareLoop bare) =>
        options.PerDestination ?? (options.IsTuned ? bare.InFlight : new DeliveryOptions().MaxInFlightPerDestination);

    /// <summary>Waits for all of it, as long as something still comes.</summary>
    private async Task ArriveAsync(int messages, CancellationToken cancellation)
    {
        var (arrived, since) = (0, Stopwatch.GetTimestamp());
        while (arrived < messages)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellation);
            var now = (await _receiver.TallyAsync()).Arrived;
            if (now > arrived) (arrived, since) = (now, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(since) > Stall) throw new BenchmarkException($"The backlog was not delivered: {arrived} of {messages} arrived.");
        }
    }
}
