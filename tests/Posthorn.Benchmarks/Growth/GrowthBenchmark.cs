using Posthorn.Benchmarks.Drain;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Growth;

/// <summary>Whether a backlog is drained as fast however long it is, and however many destinations it is for: a worker of its own for each size.</summary>
internal sealed class GrowthBenchmark(GrowthOptions options)
{
    public async Task<GrowthReport> RunAsync(CancellationToken cancellation)
    {
        var backlogs = new List<GrowthStep>();
        foreach (var size in options.Backlogs) backlogs.Add(await OfBacklogAsync(size, cancellation));
        return GrowthReport.Of(options, backlogs, await OfDestinationsAsync(cancellation));
    }

    /// <summary>Short backlogs are drained several times: what starts and stops weighs more in them.</summary>
    private async Task<GrowthStep> OfBacklogAsync(int size, CancellationToken cancellation)
    {
        await using var run = await DrainRun.StartAsync(options.Drain with { Messages = size }, cancellation);
        await run.WarmUpAsync(cancellation);
        var sides = new List<DrainSide>();
        for (var round = 1; round <= Math.Clamp(options.Backlogs[^1] / size, 1, options.MostRounds); round++) sides.Add(await run.DrainAsync($"r{round}", cancellation));
        return Noted(GrowthStep.Of(size, sides, bares: []), "messages");
    }

    /// <summary>All numbers of destinations in each round, so that what changes in the machine meanwhile meets all of them.</summary>
    private async Task<List<GrowthStep>> OfDestinationsAsync(CancellationToken cancellation)
    {
        var measured = options.Destinations.ToDictionary(count => count, _ => new List<(DrainSide Side, LoopRun Bare)>());
        for (var round = 1; round <= options.DestinationRounds; round++)
            foreach (var count in options.Destinations) measured[count].Add(await OfDestinationsAsync(count, cancellation));
        return [.. options.Destinations.Select(count => Noted(GrowthStep.Of(count, measured[count].ConvertAll(each => each.Side), measured[count].ConvertAll(each => each.Bare)), "destinations"))];
    }

    /// <summary>
    /// The same number of messages for each number of destinations, and each request on a connection of its own: what is compared is the
    /// number of destinations, and not how often a connection is used again. The bare loop does the same, so that what many addresses
    /// cost the machine can be told from what they cost the worker.
    /// </summary>
    private async Task<(DrainSide Side, LoopRun Bare)> OfDestinationsAsync(int count, CancellationToken cancellation)
    {
        await using var run = await DrainRun.StartAsync(options.Drain with { Destinations = count, IsClosing = true }, cancellation);
        await run.WarmUpAsync(cancellation);
        var bare = await run.RunBareAsync(cancellation);
        return (await run.DrainAsync("r1", cancellation), bare);
    }

    private static GrowthStep Noted(GrowthStep step, string what)
    {
        Report.Note($"{step.Size} {what}: {step.DeliveriesPerS} a second, {step.RssMb} MB{(step.BarePerS is { } bare ? $"; bare {bare}" : "")}");
        return step;
    }
}

/// <summary>How much grows to how much; from the smallest to the largest.</summary>
internal sealed record GrowthOptions
{
    /// <summary>Messages of a backlog for one destination.</summary>
    public IReadOnlyList<int> Backlogs { get; init; } = [10_000, 100_000, 1_000_000];

    /// <summary>Destinations of a backlog.</summary>
    public IReadOnlyList<int> Destinations { get; init; } = [10, 1000, 100_000];

    /// <summary>The most rounds of a short backlog.</summary>
    public int MostRounds { get; init; } = 5;

    /// <summary>Rounds of all numbers of destinations.</summary>
    public int DestinationRounds { get; init; } = 3;

    /// <summary>What is the same at every size. There is a new worker for each, and what they are compared with is one another: a short warm-up is enough.</summary>
    public DrainOptions Drain { get; init; } = new() { WarmUp = 10_000 };

    /// <summary>Just enough to see that it works.</summary>
    public GrowthOptions Quick() => this with { Backlogs = [500, 2000], Destinations = [10, 500], MostRounds = 1, DestinationRounds = 1, Drain = Drain.Quick() with { Messages = 1000 } };
}
