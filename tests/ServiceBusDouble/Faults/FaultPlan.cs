namespace Posthorn.ServiceBusDouble;

/// <summary>Which calls go wrong, and how. Without orders none does.</summary>
public sealed class FaultPlan
{
    private readonly CallLog _log;
    private readonly Lock _gate = new();
    private readonly Dictionary<(BrokerOperation Operation, int Earlier), Fault> _single = [];
    private readonly Dictionary<BrokerOperation, Fault> _standing = [];

    internal FaultPlan(CallLog log) => _log = log;

    /// <summary>
    /// Asked for every call, before the others; null for a call that goes well. It runs on the caller's thread, outside the broker's lock, so it
    /// may itself change the namespace: drop its links, remove a queue.
    /// </summary>
    public Func<BrokerCall, Fault?>? Hook { get; set; }

    /// <summary>Lets one call fail: the n-th of its kind from now on, from 1.</summary>
    public void FailNth(BrokerOperation operation, int n, Fault fault)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        lock (_gate) _single[(operation, _log.Total(operation) + n - 1)] = fault;
    }

    /// <summary>Lets the next call of a kind fail.</summary>
    public void FailNext(BrokerOperation operation, Fault fault) => FailNth(operation, 1, fault);

    /// <summary>Lets every call of a kind fail, until <see cref="Clear"/>.</summary>
    public void FailAll(BrokerOperation operation, Fault fault)
    {
        lock (_gate) _standing[operation] = fault;
    }

    /// <summary>Nothing goes wrong any more.</summary>
    public void Clear()
    {
        Hook = null;
        lock (_gate)
        {
            _single.Clear();
            _standing.Clear();
        }
    }

    internal Fault? For(BrokerCall call)
    {
        if (Hook?.Invoke(call) is { } chosen) return chosen;
        lock (_gate)
            return _single.Remove((call.Operation, call.Earlier), out var single) ? single : _standing.GetValueOrDefault(call.Operation);
    }
}
