using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Enqueue;

/// <summary>How fast envelopes are accepted, durably, in every way there is; and what SQLite would take by itself, in the same rounds.</summary>
internal sealed class EnqueueBenchmark(EnqueueOptions options)
{
    public async Task<EnqueueReport> RunAsync(CancellationToken cancellation)
    {
        await using var run = await EnqueueRun.StartAsync(options, cancellation);
        var rounds = new List<EnqueueRound>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            rounds.Add(new EnqueueRound
            {
                Raw = run.Raw(),
                Batch = await run.BatchAsync(isStream: true, cancellation),
                Array = await run.BatchAsync(isStream: false, cancellation),
                Single = await run.SingleAsync(cancellation),
                Library = await run.LibraryAsync(cancellation),
                LibraryBatch = await run.LibraryBatchAsync(cancellation),
                Send = await run.SendAsync(cancellation),
                P99AtRateMs = await run.P99AtRateAsync(cancellation),
            });
            var (raw, batch, single) = (rounds[^1].Raw, rounds[^1].Batch.PerSecond, rounds[^1].Single.PerSecond);
            Report.Note($"round {round}: raw {raw:0} a second, batch {batch:0}, single {single:0}, send {rounds[^1].Send.PerSecond:0}; at {options.Rate} a second p99 {rounds[^1].P99AtRateMs:0.0} ms");
        }

        return EnqueueReport.Of(options, rounds);
    }
}

/// <summary>How much is enqueued.</summary>
internal sealed record EnqueueOptions
{
    /// <summary>Callers at once, of one envelope a call.</summary>
    public int Clients { get; init; } = 64;

    /// <summary>Envelopes that are handed over one a call, in each round.</summary>
    public int Singles { get; init; } = 20_000;

    /// <summary>Envelopes that are handed over many a call, in each round.</summary>
    public int Batched { get; init; } = 50_000;

    /// <summary>Envelopes a call, and rows a transaction of raw SQLite.</summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>Callers at once, of many envelopes a call.</summary>
    public int BatchClients { get; init; } = 4;

    /// <summary>The bytes of each one's data.</summary>
    public int Payload { get; init; } = 1024;

    /// <summary>Arrivals a second of the open loop.</summary>
    public int Rate { get; init; } = 500;

    /// <summary>How long they arrive, in each round.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    public int Rounds { get; init; } = 3;

    /// <summary>Just enough to see that it works.</summary>
    public EnqueueOptions Quick() => this with { Singles = 2000, Batched = 5000, Duration = TimeSpan.FromSeconds(2), Rounds = 1 };
}

/// <summary>One round.</summary>
internal sealed record EnqueueRound
{
    /// <summary>Rows a second of SQLite by itself.</summary>
    public required double Raw { get; init; }

    public required LoopRun Batch { get; init; }

    public required LoopRun Array { get; init; }

    public required LoopRun Single { get; init; }

    public required LoopRun Library { get; init; }

    public required LoopRun LibraryBatch { get; init; }

    public required LoopRun Send { get; init; }

    public required double P99AtRateMs { get; init; }
}
