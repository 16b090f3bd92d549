using System.Collections.Concurrent;

namespace Posthorn.ServiceBus.DeadLetters;

/// <summary>
/// How many that a run had put back, and that died again, this process has since deleted or put back: the broker does not remember
/// them. Of what another process does nothing is known.
/// </summary>
internal sealed class RunFailures
{
    private readonly ConcurrentDictionary<string, long> _taken = new(StringComparer.Ordinal);

    /// <summary>Notes that a letter of a run left, or came back.</summary>
    public void Note(string? run, int change)
    {
        if (run is not null) _taken.AddOrUpdate(run, change, (_, before) => before + change);
    }

    /// <summary>How many of a run's have left.</summary>
    public long Of(string run) => Math.Max(_taken.GetValueOrDefault(run), 0);
}
