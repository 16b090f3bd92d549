namespace Posthorn.ServiceBus.Receiving;

/// <summary>The leases this process has given out and not settled: the broker counts locked messages as active.</summary>
internal sealed class HeldLeases
{
    private readonly Lock _gate = new();
    private List<ServiceBusLease> _leases = [];
    private int _sweepAt = 1024;

    /// <summary>Notes leases that are given out.</summary>
    public void Add(IReadOnlyList<ServiceBusLease> leases)
    {
        lock (_gate)
        {
            _leases.AddRange(leases);
            if (_leases.Count < _sweepAt) return;
            _leases = _leases.FindAll(lease => lease.IsHeld);
            _sweepAt = Math.Max(1024, 2 * _leases.Count);
        }
    }

    /// <summary>How many are held now.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                _leases = _leases.FindAll(lease => lease.IsHeld);
                return _leases.Count;
            }
        }
    }
}
