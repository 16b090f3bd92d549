using System.Collections.Concurrent;

namespace Posthorn.ServiceBusDouble;

/// <summary>
/// A Service Bus namespace in memory, for tests only, and the handle by which a test controls it. While it runs, the clients of this assembly
/// reach it by its host name, as the real ones reach Azure.
/// <para>
/// It models queues and their dead letters as Microsoft documents them: peek-lock, deferral, scheduling, duplicate detection, time to live,
/// sessions, transactions, limits. All of it goes by the injected clock, but for the waiting of a receive, which is real.
/// </para>
/// <para>
/// It does not model topics, forwarding, partitions, prefetching, processors, throttling, the SDK's retries, or authorization beyond
/// <see cref="GrantsManage"/>: what it lacks of those can be ordered as <see cref="Faults"/>.
/// </para>
/// </summary>
public sealed class InMemoryNamespace : IDisposable
{
    private static readonly ConcurrentDictionary<string, InMemoryNamespace> Running = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, BrokerQueue> _queues = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<BrokerConnection> _connections = [];
    private bool _isReachable = true;

    private InMemoryNamespace(string host, TimeProvider clock)
    {
        Host = host;
        Clock = clock;
        Faults = new FaultPlan(Calls);
    }

    /// <summary>The name by which clients reach it.</summary>
    public string Host { get; }

    /// <summary>A connection string for it; the keys mean nothing.</summary>
    public string ConnectionString => $"Endpoint=sb://{Host}/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=bm8ta2V5";

    /// <summary>What goes wrong.</summary>
    public FaultPlan Faults { get; }

    /// <summary>What was called.</summary>
    public CallLog Calls { get; } = new();

    /// <summary>Whether administration clients may look; without it they get an <see cref="UnauthorizedAccessException"/>. Default: yes.</summary>
    public bool GrantsManage { get; set; } = true;

    /// <summary>The most messages that one receive gives, however many it asks for and there are; null (default) for all.</summary>
    public int? MostPerReceive { get; set; }

    /// <summary>
    /// Whether a message can be settled by its lock token after its link is gone, while its lock lasts. SDKs from 7.16 on try that for messages
    /// outside sessions, but Microsoft's troubleshooting guide still says not to count on it. Default: no, the harsher of the two.
    /// </summary>
    public bool LocksOutliveLinks { get; set; }

    /// <summary>Whether it answers; when it does not, links are dropped and calls fail with a communication problem. Default: yes.</summary>
    public bool IsReachable
    {
        get => _isReachable;
        set
        {
            if (!value) DropLinks();
            lock (Gate)
            {
                _isReachable = value;
                RingAll();
            }
        }
    }

    internal Lock Gate { get; } = new();

    internal TimeProvider Clock { get; }

    internal DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>Starts an empty namespace.</summary>
    /// <param name="host">Its name, as <c>one.servicebus.test</c>; only one may have it at a time.</param>
    /// <param name="clock">The clock of locks, schedules, time to live, duplicate windows and transactions.</param>
    public static InMemoryNamespace Start(string host, TimeProvider clock)
    {
        var started = new InMemoryNamespace(host, clock);
        return Running.TryAdd(host, started) ? started : throw new InvalidOperationException($"A namespace of the name {host} is running already.");
    }

    /// <summary>Creates a queue, with its dead letters.</summary>
    public void AddQueue(string name, QueueRules? rules = null)
    {
        lock (Gate) _queues.Add(name, new BrokerQueue(name, rules ?? new QueueRules(), Now));
    }

    /// <summary>Deletes a queue and all that is in it; who waits for it gets an error.</summary>
    public void RemoveQueue(string name)
    {
        lock (Gate)
        {
            if (!_queues.Remove(name, out var queue)) return;
            queue.Main.Bell.Ring();
            queue.DeadLetters.Bell.Ring();
        }
    }

    /// <summary>What a queue holds now, without a trace in <see cref="Calls"/>.</summary>
    public QueueLook Look(string name)
    {
        lock (Gate) return QueueLook.At(Queue(name));
    }

    /// <summary>
    /// The network drops: every link is gone, and every transaction that is open. Receivers and senders reconnect by themselves. A message stays
    /// locked until its lock ends, but nobody can settle it; a session is free at once, and what was received of it does not count as delivered.
    /// </summary>
    public void DropLinks()
    {
        lock (Gate)
        {
            foreach (var connection in _connections) connection.Drop();
            BrokerTransaction.Drop(this);
        }
    }

    /// <summary>Stops it: clients find no such host.</summary>
    public void Dispose()
    {
        Running.TryRemove(KeyValuePair.Create(Host, this));
        IsReachable = false;
    }

    internal static InMemoryNamespace At(string host) => Running.TryGetValue(host, out var found) ? found : throw Refusal.Unreachable(host);

    /// <summary>Notes a connection, so that its links can be dropped.</summary>
    internal void Meet(BrokerConnection connection)
    {
        lock (Gate) _connections.Add(connection);
    }

    /// <summary>Lets go of a connection that closes, and of its links.</summary>
    internal void Forget(BrokerConnection connection)
    {
        lock (Gate)
        {
            connection.Drop();
            _connections.Remove(connection);
        }
    }

    /// <summary>The queue of a name, brought up to date.</summary>
    internal BrokerQueue Queue(string name)
    {
        if (!_isReachable) throw Refusal.Unreachable(Host);
        if (!_queues.TryGetValue(name, out var queue)) throw Refusal.NoSuchEntity(name);
        queue.Catch(Now);
        return queue;
    }

    /// <summary>The queue or the dead letters that a path leads to, brought up to date.</summary>
    internal BrokerEntity Entity(string path)
    {
        var (name, isDead) = EntityPaths.Parse(path);
        return isDead ? Queue(name).DeadLetters : Queue(name).Main;
    }

    private void RingAll()
    {
        foreach (var queue in _queues.Values)
        {
            queue.Main.Bell.Ring();
            queue.DeadLetters.Bell.Ring();
        }
    }
}
