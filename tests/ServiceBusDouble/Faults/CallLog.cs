namespace Posthorn.ServiceBusDouble;

/// <summary>The calls that reached the broker, in order, so that a test can count polls and retries.</summary>
public sealed class CallLog
{
    private readonly Lock _gate = new();
    private readonly List<BrokerCall> _calls = [];
    private readonly Dictionary<BrokerOperation, int> _totals = [];

    internal CallLog()
    {
    }

    /// <summary>All since the start, or since <see cref="Clear"/>.</summary>
    public IReadOnlyList<BrokerCall> All
    {
        get
        {
            lock (_gate) return [.. _calls];
        }
    }

    public IReadOnlyList<BrokerCall> Of(BrokerOperation operation) => [.. All.Where(call => call.Operation == operation)];

    public int Count(BrokerOperation operation)
    {
        lock (_gate) return _calls.Count(call => call.Operation == operation);
    }

    /// <summary>Forgets what was, but not how many: <see cref="BrokerCall.Earlier"/> goes on.</summary>
    public void Clear()
    {
        lock (_gate) _calls.Clear();
    }

    internal int Total(BrokerOperation operation)
    {
        lock (_gate) return _totals.GetValueOrDefault(operation);
    }

    internal BrokerCall Add(BrokerOperation operation, string path, IReadOnlyList<string> messageIds, DateTimeOffset at, bool inTransaction)
    {
        lock (_gate)
        {
            var earlier = _totals.GetValueOrDefault(operation);
            var call = new BrokerCall(operation, path, messageIds, earlier, at, inTransaction);
            _totals[operation] = earlier + 1;
            _calls.Add(call);
            return call;
        }
    }
}
