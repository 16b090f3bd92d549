using Posthorn.DeadLetters;
using Posthorn.Queues;
using Posthorn.Stores;
using Posthorn.Worker.Composition;

namespace Posthorn.Worker.DeadLetters;

/// <summary>The queue's dead letters with the store that keeps the runs over them: what a verb that changes something opens.</summary>
internal sealed class OpenRuns : IAsyncDisposable
{
    private readonly IStores _stores;

    private OpenRuns(OpenQueue queue, IStores stores) => (Queue, _stores) = (queue, stores);

    /// <summary>The queue.</summary>
    public OpenQueue Queue { get; }

    /// <summary>Its dead letters.</summary>
    public IDeadLetterQueue Letters => Queue.DeadLetters;

    /// <summary>The runs.</summary>
    public IDeadLetterRunStore Runs => _stores.Runs;

    /// <summary>Opens both.</summary>
    public static async Task<OpenRuns> OpenAsync(WorkerSettings settings, CancellationToken cancellationToken)
    {
        var queue = OpenQueue.OpenExisting(settings);
        try
        {
            return new OpenRuns(queue, await OpenStores.OpenPreparedAsync(settings, cancellationToken));
        }
        catch
        {
            queue.Dispose();
            throw;
        }
    }

    /// <summary>The id of a run that is yet to begin.</summary>
    public static string NewId() => RandomIds.Make("run_", 12);

    /// <summary>Notes a run that is about to begin.</summary>
    public async Task<DeadLetterRun> BeginAsync(string id, RunKind kind, DeadLetterFilter filter, string options, string operatorName, long matched, long lastSequence)
    {
        var now = TimeProvider.System.GetUtcNow();
        var run = new DeadLetterRun
        {
            Id = id,
            Kind = kind,
            State = RunState.Running,
            Operator = operatorName,
            Filter = filter.ToJson(),
            Options = options,
            Matched = matched,
            LastSequence = lastSequence,
            StartedAt = now,
            UpdatedAt = now,
            Owner = RunOwner.OfThisProcess(),
        };
        await Runs.AddAsync(run, CancellationToken.None);
        return run;
    }

    public async ValueTask DisposeAsync()
    {
        Queue.Dispose();
        await _stores.DisposeAsync();
    }
}
