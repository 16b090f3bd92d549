using Microsoft.Extensions.Time.Testing;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>One store of one adapter, made for one fact and removed after it.</summary>
public abstract class QueueHarness : IAsyncDisposable
{
    /// <summary>The clock of every queue that is not opened with a real one.</summary>
    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    /// <summary>What the facts run over, for people.</summary>
    public abstract string Adapter { get; }

    /// <summary>Whether <see cref="OpenAsync"/> may be called again, for a second instance on the same store.</summary>
    public virtual bool OpensTwice => true;

    /// <summary>Whether the outcome says that a message was a duplicate, or in conflict; a broker may drop one silently.</summary>
    public virtual bool TellsDuplicates => true;

    /// <summary>Whether messages of one ordering key are delivered in order; a broker may do so on some of its queues only.</summary>
    public virtual bool OrdersByKey => true;

    /// <summary>Whether what the queue itself buried holds its ordering key; a broker buries without a word.</summary>
    public virtual bool HoldsWhatItGaveUp => true;

    /// <summary>Whether mail without an ordering key comes in the order of its due times; what is spread over sessions comes as these do.</summary>
    public virtual bool GivesInOrder => true;

    /// <summary>Whether imported dead letters are numbered in their order; what is imported through sessions is buried as these come.</summary>
    public virtual bool BuriesInOrder => true;

    /// <summary>After how many receives that gave nothing there is nothing.</summary>
    public virtual int EmptyLooks => 3;

    /// <summary>The largest body that must come back.</summary>
    public virtual int LargestBody => 1024 * 1024;

    /// <summary>Opens the queue on this harness's store.</summary>
    public abstract Task<OpenQueue> OpenAsync(QueueSettings settings);

    /// <summary>Lets time pass for the queue and its locks.</summary>
    public virtual Task AdvanceAsync(TimeSpan time)
    {
        Clock.Advance(time);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DisposeCoreAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what was opened and removes the store.</summary>
    protected abstract ValueTask DisposeCoreAsync();
}

/// <summary>One opened instance of a queue.</summary>
public sealed record OpenQueue(IDeliveryQueue Queue, IDeadLetterQueue DeadLetters);

/// <summary>How a queue is opened for a fact.</summary>
public sealed record QueueSettings
{
    /// <summary>How long a lease locks.</summary>
    public TimeSpan LockDuration { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a message id is remembered.</summary>
    public TimeSpan DuplicateWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Leases of one copy before it is dead-lettered.</summary>
    public int MaxDeliveryCount { get; init; } = 3;

    /// <summary>What becomes of an ordering key whose head is dead-lettered.</summary>
    public OnExhausted OnExhausted { get; init; } = OnExhausted.Skip;

    /// <summary>The system's clock in place of <see cref="QueueHarness.Clock"/>, for facts about waiting.</summary>
    public bool RealClock { get; init; }
}
