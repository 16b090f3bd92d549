using Posthorn.ContractTests.Queues;
using Posthorn.Queues;
using Posthorn.Sqlite;
using Posthorn.Sqlite.Broker;

namespace Posthorn.ContractTests.Sqlite.Broker;

/// <summary>What the facts about the front door's part of the queue have in common: one file, its queue and its broker.</summary>
public abstract class BrokerFacts : IDisposable
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    internal static readonly Settlement Complete = new Settlement.Complete();
    internal static readonly Settlement Abandon = new Settlement.Abandon();
    internal static readonly Settlement Defer = new Settlement.Defer();
    internal static readonly Settlement DeadLetter = new Settlement.DeadLetter(new DeadLetterReason("Broken"), "it is broken");
    private readonly SqliteQueueHarness _harness = new();

    protected BrokerFacts() => (Queue, Broker) = Open(new QueueSettings());

    internal string Path => _harness.Path;

    internal SqliteQueue Queue { get; private set; }

    internal SqliteBroker Broker { get; private set; }

    internal DateTimeOffset Now => _harness.Clock.GetUtcNow();

    public void Dispose()
    {
        Broker.Dispose();
        _harness.DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }

    internal static QueueMessage Mail(string id, string? session = null) => new() { MessageId = id, Body = "{}"u8.ToArray(), OrderingKey = session };

    internal static IEnumerable<string> Ids(IEnumerable<BrokerMessage> messages) => messages.Select(message => message.Message.MessageId);

    internal static LockToken Lock(BrokerMessage message) => message.Lock.ShouldNotBeNull().Token;

    /// <summary>Opens the file as another process would.</summary>
    internal (SqliteQueue Queue, SqliteBroker Broker) Open(QueueSettings settings)
    {
        var queue = _harness.OpenSqlite(settings);
        return (queue, new SqliteBroker(queue));
    }

    /// <summary>The process dies, and another one opens what it left.</summary>
    internal void Crash(QueueSettings? settings = null)
    {
        Broker.Dispose();
        _harness.Close();
        (Queue, Broker) = Open(settings ?? new QueueSettings());
    }

    internal void Close()
    {
        Broker.Dispose();
        _harness.Close();
    }

    internal void Advance(TimeSpan time) => _harness.Clock.Advance(time);

    internal void LocksRunOut() => Advance(TimeSpan.FromSeconds(31));

    internal Task<IReadOnlyList<long>> SendAsync(params string[] ids) => Broker.SendAsync([.. ids.Select(id => Mail(id))]);

    internal Task<IReadOnlyList<long>> SendToSessionAsync(string session, params string[] ids) => Broker.SendAsync([.. ids.Select(id => Mail(id, session))]);

    internal Task<IReadOnlyList<BrokerMessage>> ReceiveAsync(BrokerEntity entity = BrokerEntity.Queue, int max = 10) => Broker.ReceiveAsync(entity, max, TimeSpan.Zero, default);

    internal async Task<BrokerMessage> ReceiveOneAsync(BrokerEntity entity = BrokerEntity.Queue) => (await ReceiveAsync(entity, 1)).ShouldHaveSingleItem();

    internal Task SettleAsync(BrokerMessage message, Settlement how) => Broker.SettleAsync(message.Death is null ? BrokerEntity.Queue : BrokerEntity.DeadLetters, Lock(message), how);

    internal Task<IReadOnlyList<BrokerMessage>> PeekAsync(BrokerEntity entity = BrokerEntity.Queue) => Broker.PeekAsync(entity, 0, 100);

    /// <summary>Sends messages and dead-letters them in that order.</summary>
    internal async Task BuryAsync(params string[] ids)
    {
        await SendAsync(ids);
        foreach (var _ in ids) await SettleAsync(await ReceiveOneAsync(), DeadLetter);
    }

    /// <summary>Sends a message and defers it; the answer is its number.</summary>
    internal async Task<long> DeferOneAsync(string id, string? session = null)
    {
        await Broker.SendAsync([Mail(id, session)]);
        var message = await ReceiveOneAsync();
        message.Message.MessageId.ShouldBe(id);
        await SettleAsync(message, Defer);
        return message.SequenceNumber;
    }

    internal async Task<BrokerSession> AcceptAsync(string? id = null) => (await Broker.AcceptSessionAsync(id, TimeSpan.Zero, default)).ShouldNotBeNull();

    internal static Task<IReadOnlyList<BrokerMessage>> ReceiveAsync(BrokerSession session, int max = 10) => session.ReceiveAsync(max, TimeSpan.Zero, default);

    /// <summary>What the worker's pump is given.</summary>
    internal Task<IReadOnlyList<ILease>> PumpAsync() => Queue.ReceiveAsync(10, 10, TimeSpan.Zero, default);

    internal static IEnumerable<string> Ids(IEnumerable<ILease> leases) => leases.Select(lease => lease.Message.MessageId);
}
