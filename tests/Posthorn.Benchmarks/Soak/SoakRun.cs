using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Soak;

/// <summary>Fault 70: trouble for a while, then quiet until everything has settled, then the ledger is closed.</summary>
internal sealed class SoakRun : IAsyncDisposable
{
    private static readonly TimeSpan SettlePatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);
    private readonly SoakPlan _plan;
    private readonly TimeSpan _duration;
    private readonly Workbench _bench = new();
    private readonly ReceiverProcess _receiver;
    private readonly SoakLedger _ledger = new();
    private readonly SoakMail _mail;
    private readonly WorkerLives _lives;
    private readonly SoakProducers _producers;

    private SoakRun(SoakPlan plan, TimeSpan duration, ReceiverProcess receiver)
    {
        (_plan, _duration, _receiver) = (plan, duration, receiver);
        _mail = new SoakMail(plan.Seed, receiver.Answering);
        _lives = new WorkerLives(plan, _bench, _ledger);
        _producers = new SoakProducers(plan, _mail, _ledger, _bench);
        _bench.Environment["LOG_LEVEL"] = "Error";
        _bench.Settings.AddRange(Settings(_mail.Secret));
    }

    public static async Task<SoakRun> StartAsync(SoakPlan plan, TimeSpan duration) =>
        new(plan, duration, await ReceiverProcess.StartAsync(SoakPlan.Destinations, faultSeed: plan.Seed));

    /// <summary>1. trouble, 2. quiet until all has settled, 3. the books.</summary>
    public async Task<SoakVerdict> RunAsync(CancellationToken cancellation)
    {
        // 1.
        using var trouble = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        trouble.CancelAfter(_duration);
        var producing = _producers.ProduceAsync(trouble.Token, cancellation);
        var outages = GoAwayAsync(trouble.Token);
        await _lives.LiveAsync(trouble.Token, cancellation);
        await outages;

        try
        {
            // 2.
            await _receiver.CalmAsync();
            await SettleAsync(producing, cancellation);

            // 3.
            return await CloseAsync(cancellation);
        }
        catch (BenchmarkException)
        {
            await KeepAsync(cancellation);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _producers.Dispose();
        await _bench.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    /// <summary>Retries come soon, locks end soon, and a receiver that hangs is given up soon: a soak is to end.</summary>
    private static IEnumerable<string> Settings(string secret) =>
    [
        "--queue:lockDuration=00:00:03", "--delivery:shutdownGrace=00:00:03", "--delivery:maxRetryAfter=00:00:02",
        $"--secrets:{SoakMail.SecretName}={secret}",
        $"--profiles:{SoakMail.Profile}:extends=standard", $"--profiles:{SoakMail.Profile}:timeout=00:00:02",
        .. new[] { "00:00:00.2", "00:00:00.5", "00:00:01", "00:00:02" }.Select((delay, n) => $"--profiles:{SoakMail.Profile}:retry:delays:{n}={delay}"),
    ];

    /// <summary>One destination after the other is away for a while.</summary>
    private async Task GoAwayAsync(CancellationToken trouble)
    {
        try
        {
            for (var n = 0; ; n++)
            {
                var outage = _plan.Outage(n);
                await Task.Delay(outage.After, trouble);
                await _receiver.CloseAsync(outage.Destination);
                await Task.Delay(outage.Length, trouble);
                await _receiver.OpenAsync(outage.Destination);
            }
        }
        catch (OperationCanceledException)
        {
            // The calm opens them all.
        }
    }

    /// <summary>A worker that lives, until the producers are done and the queue is empty, or it takes too long.</summary>
    private async Task SettleAsync(Task producing, CancellationToken cancellation)
    {
        var worker = await (await _bench.StartWorkerAsync()).UpAsync(cancellation);
        using var api = new Producer(_bench.ApiPort);
        var pending = 0L;
        var hasSettled = await Until.IsAsync(async () => (pending = await api.PendingAsync(cancellation)) == 0 && producing.IsCompleted, SettlePatience, cancellation);
        if (!hasSettled) _ledger.Note($"not settled within {SettlePatience}: {pending} on the queue, the producers are {(producing.IsCompleted ? "done" : "not done")}");
        if (producing.IsCompleted) await producing; // What went wrong with them comes out here.
        worker.Process.Signal(Signal.Terminate);
        if (!await worker.Process.EndsWithinAsync(StopPatience, cancellation)) _ledger.Note($"the last worker did not stop within {StopPatience}");
    }

    private async Task<SoakVerdict> CloseAsync(CancellationToken cancellation)
    {
        var pending = await QueueRemains.PendingAsync(_bench, cancellation); // First: reading it may bury what is spent.
        var dead = await QueueRemains.DeadAsync(_bench, cancellation);
        var verdict = _ledger.Close(await _receiver.ArrivalsAsync(), dead, pending, _mail.DigestOf);
        var report = verdict.Report with
        {
            Kills = _lives.Kills,
            AtFailPoints = _lives.AtFailPoints,
            Terminations = _lives.Terminations,
            Seed = _plan.Seed,
            Seconds = (int)_duration.TotalSeconds,
        };
        if (verdict.Problems.Count > 0) await KeepAsync(cancellation);
        return verdict with { Report = report };
    }

    private async Task KeepAsync(CancellationToken cancellation)
    {
        _bench.IsKept = true;
        await File.WriteAllLinesAsync(Path.Combine(_bench.Folder, "accepted.txt"), _ledger.Accepted.Order(StringComparer.Ordinal), cancellation);
        await File.WriteAllLinesAsync(Path.Combine(_bench.Folder, "arrivals.txt"), (await _receiver.ArrivalsAsync()).Select(arrival => $"{arrival}"), cancellation);
        Report.Note($"the files are kept in {_bench.Folder}");
    }
}
