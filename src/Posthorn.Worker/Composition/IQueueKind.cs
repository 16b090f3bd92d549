using Posthorn.Queues;
using Posthorn.Settings;

namespace Posthorn.Worker.Composition;

/// <summary>A queue of the configuration, which is yet to be opened.</summary>
public interface IQueueKind
{
    /// <summary>How long a lease locks a message.</summary>
    TimeSpan LockDuration { get; }

    /// <summary>Whether workers on other machines take from it too.</summary>
    bool IsShared { get; }

    /// <summary>The file that what this process keeps itself lies beside: the embedded store, and the key ring when nothing else is set.</summary>
    string LocalPath { get; }

    /// <summary>The setting that a key ring beside <see cref="LocalPath"/> is moved with.</summary>
    string LocalPathKey { get; }

    /// <summary>Opens it, making what there is none of.</summary>
    /// <exception cref="SettingsException">It cannot be used.</exception>
    OpenedQueue Open();

    /// <summary>Refuses a queue that there is none of yet: a command that looks must not make an empty one by a mistyped name.</summary>
    /// <exception cref="SettingsException">There is none.</exception>
    void MustExist();
}

/// <summary>A queue with its dead letters.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="DeadLetters">Its dead letters.</param>
/// <param name="Name">Where it is, as it may be shown.</param>
/// <param name="Closing">Closes it.</param>
public sealed record OpenedQueue(IDeliveryQueue Queue, IDeadLetterQueue DeadLetters, string Name, IDisposable Closing);
