using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;

namespace Posthorn.Benchmarks.Replay;

/// <summary>One worker on a queue with dead letters: fresh mail while they rest, or while all of them are put back.</summary>
internal sealed class FreshRun : IAsyncDisposable
{
    private static readonly TimeSpan ReplayPatience = TimeSpan.FromMinutes(5);
    private readonly ReplayOptions _options;
    private readonly Workbench _bench;
    private readonly ReceiverProcess _receiver;
    private readonly Producer _producer;
    private readonly MailStream _mail;

    private FreshRun(ReplayOptions options, Workbench bench, ReceiverProcess receiver)
    {
        (_options, _bench, _receiver) = (options, bench, receiver);
        _producer = new Producer(bench.ApiPort);
        _mail = new MailStream(_producer, receiver);
    }

    /// <param name="options">How much.</param>
    /// <param name="isSameDestination">Whether the dead letters are for the receiver of the fresh mail; else for one of their own, which is as healthy.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<FreshRun> StartAsync(ReplayOptions options, bool isSameDestination, CancellationToken cancellation)
    {
        var (bench, receiver) = (new Workbench(), await ReceiverProcess.StartAsync(answering: 2));
        try
        {
            await DeadLetterFill.RunAsync(bench, [receiver.Answering[isSameDestination ? 0 : 1]], options.Storm, options.Payload, cancellation);
            var run = new FreshRun(options, bench, receiver);
            await (await bench.StartWorkerAsync()).UpAsync(cancellation);
            await run._mail.WarmUpAsync(receiver.Answering[0], options.Rate, cancellation);
            return run;
        }
        catch
        {
            await bench.DisposeAsync();
            await receiver.DisposeAsync();
            throw;
        }
    }

    /// <summary>Fresh mail as it comes; with a storm from the moment in which it breaks.</summary>
    public async Task<FreshSide> MeasureAsync(bool isStorm, CancellationToken cancellation)
    {
        var replay = isStorm ? await _bench.StartCommandAsync("dead-letters", "replay", "--yes", "--json") : null;
        var late = await _mail.ArriveAsync([.. OpenLoop.Dues(_options.Rate, _options.Duration).Select((due, n) => new TimedMail(due, $"fresh_{n}", _receiver.Answering[0]))], cancellation);
        var arrivals = await _receiver.ArrivalsAsync();
        if (replay is not null && (!await replay.EndsWithinAsync(ReplayPatience, cancellation) || replay.ExitCode != 0)) throw new BenchmarkException("The storm was not put back.");

        // Those whose profile sends no id have none here either, but nothing else comes that is not fresh.
        return new FreshSide(late, _options.Storm - arrivals.Count(arrival => !arrival.Id.StartsWith("fresh_", StringComparison.Ordinal)));
    }

    public async ValueTask DisposeAsync()
    {
        _producer.Dispose();
        await _bench.DisposeAsync();
        await _receiver.DisposeAsync();
    }
}

/// <summary>How fresh mail fared.</summary>
/// <param name="Lateness">How late it came.</param>
/// <param name="Left">How many of the storm had not come when all of it had.</param>
internal sealed record FreshSide(Lateness Lateness, int Left);
