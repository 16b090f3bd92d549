using System.Diagnostics;
using System.Text;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>What the facts about a queue have in common: one opened queue, and short words for what is done with it.</summary>
public abstract class QueueFacts : IAsyncLifetime
{
    /// <summary>Long enough for the slowest machine; a fact that needs it all has failed.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private QueueHarness? _harness;
    private OpenQueue? _open;

    protected QueueHarness Harness => _harness ??= NewHarness();

    protected virtual QueueSettings Settings { get; } = new();

    protected IDeliveryQueue Queue => Open.Queue;

    protected IDeadLetterQueue DeadLetters => Open.DeadLetters;

    protected DateTimeOffset Now => Settings.RealClock ? TimeProvider.System.GetUtcNow() : Harness.Clock.GetUtcNow();

    private OpenQueue Open => _open ?? throw new InvalidOperationException("The queue is opened by InitializeAsync.");

    public async ValueTask InitializeAsync() => _open = await Harness.OpenAsync(Settings);

    public async ValueTask DisposeAsync()
    {
        FactTally.Note(Harness.Adapter, TestContext.Current);
        await Harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract QueueHarness NewHarness();

    protected static QueueMessage Message(string id, string body = "{}") => new() { MessageId = id, Body = Encoding.UTF8.GetBytes(body) };

    /// <summary>A message of a key, which is what its id begins with: a1 is of a.</summary>
    protected static QueueMessage Keyed(string id) => Message(id) with { OrderingKey = id[..1] };

    protected static QueueMessage Fingerprinted(string id, byte fingerprint) => Message(id) with { Fingerprint = new[] { fingerprint } };

    protected static IEnumerable<string> Ids(IEnumerable<ILease> leases) => leases.Select(lease => lease.Message.MessageId);

    protected AttemptRecord Attempt(int number) =>
        new() { Number = number, At = Now, DurationMs = 120 + number, Status = 503, Detail = $"attempt {number}: « désolé »" };

    protected Task<IReadOnlyList<EnqueueOutcome>> EnqueueAsync(params QueueMessage[] messages) => Queue.EnqueueAsync(messages, default);

    protected Task<IReadOnlyList<EnqueueOutcome>> EnqueueAsync(params string[] ids) => EnqueueAsync([.. ids.Select(id => Message(id))]);

    /// <summary>Leases what is due, up to a number; told in the order in which it came onto the queue, as sessions come in no order.</summary>
    protected async Task<List<ILease>> LeaseAsync(int max)
    {
        var leases = await LeaseAsync(Queue, max);
        return Harness.GivesInOrder ? leases : [.. leases.OrderBy(lease => lease.SequenceNumber)];
    }

    /// <summary>Leases what is due, up to a number: a receive may give fewer than there are, so it asks until nothing comes.</summary>
    protected async Task<List<ILease>> LeaseAsync(IDeliveryQueue queue, int max)
    {
        var leases = new List<ILease>();
        for (var empty = 0; empty < Harness.EmptyLooks && leases.Count < max;)
        {
            var more = await queue.ReceiveAsync(max - leases.Count, TimeSpan.Zero, default);
            leases.AddRange(more);
            empty = more.Count == 0 ? empty + 1 : 0;
        }

        return leases;
    }

    /// <summary>Leases one message that is to be due; what finds its session by real waiting may find it late on a busy machine.</summary>
    protected async Task<ILease> LeaseOneAsync()
    {
        var started = Stopwatch.GetTimestamp();
        var leases = await LeaseAsync(1);
        while (leases.Count == 0 && !Harness.GivesInOrder && Stopwatch.GetElapsedTime(started) < Patience) leases = await LeaseAsync(1);
        return leases.ShouldHaveSingleItem();
    }

    /// <summary>Leases the one message that is to be due.</summary>
    protected async Task<ILease> LeaseAsync(string id)
    {
        var lease = await LeaseOneAsync();
        lease.Message.MessageId.ShouldBe(id);
        return lease;
    }

    protected Task EnqueueKeyedAsync(params string[] ids) => EnqueueAsync([.. ids.Select(Keyed)]);

    /// <summary>Leases and completes one after the other, in this order.</summary>
    protected async Task ShouldDeliverAsync(params string[] ids)
    {
        foreach (var id in ids) await (await LeaseAsync(id)).CompleteAsync(default);
    }

    protected async Task NothingIsDueAsync() => Ids(await LeaseAsync(1)).ShouldBeEmpty();

    protected Task AdvanceAsync(TimeSpan time) => Harness.AdvanceAsync(time);

    /// <summary>Lets the locks of all leases run out.</summary>
    protected Task LocksRunOutAsync() => AdvanceAsync(Settings.LockDuration + TimeSpan.FromMilliseconds(1));

    /// <summary>Puts messages on the queue and dead-letters them in that order.</summary>
    protected Task BuryAsync(params string[] ids) => BuryAsync([.. ids.Select(id => Message(id))]);

    /// <inheritdoc cref="BuryAsync(string[])"/>
    protected async Task BuryAsync(params QueueMessage[] messages)
    {
        foreach (var message in messages)
        {
            await EnqueueAsync(message);
            await BuryAsync(await LeaseOneAsync());
        }
    }

    /// <summary>Dead-letters a leased message, after an attempt.</summary>
    protected Task BuryAsync(ILease lease) =>
        lease.DeadLetterAsync(DeadLetterReason.PermanentFailure, $"{lease.Message.MessageId} is dead", Attempt(lease.Progress.NextAttempt), default);

    /// <summary>The one dead letter there is.</summary>
    protected async Task<DeadLetter> TheDeadLetterAsync() => (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();

    /// <summary>Puts every dead letter back.</summary>
    protected async Task ReplayAllAsync(ReplayChanges changes)
    {
        long[] dead = [.. (await DeadLetters.BrowseAsync(0, 100, default)).Select(letter => letter.Sequence)];
        (await DeadLetters.ReplayAsync(dead, changes, default)).ShouldBe(dead);
    }

    /// <summary>Puts the one dead letter back, and leases it.</summary>
    protected async Task<ILease> ReplayOneAsync(ReplayChanges changes)
    {
        await ReplayAllAsync(changes);
        return await LeaseOneAsync();
    }
}
