using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Posthorn.Benchmarks.Receiving;

/// <summary>Counts requests by the number that their id ends with, and nothing else of them: what a receiver costs is missing to the sender on the same cores.</summary>
internal sealed class Tally
{
    private const int UsualMessages = 1 << 17;
    private readonly Lock _gate = new();
    private bool[] _hasCome = new bool[UsualMessages];
    private TallyCounts _counts = new(0, 0, 0, 0);

    /// <summary>What has come so far.</summary>
    public TallyCounts Counts
    {
        get
        {
            lock (_gate) return _counts;
        }
    }

    /// <summary>Notes one request, now.</summary>
    /// <param name="number">From 0.</param>
    public void Note(int number)
    {
        var at = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            if (number >= _hasCome.Length) Array.Resize(ref _hasCome, Math.Max(number + 1, _hasCome.Length * 2));
            _counts = _hasCome[number] ? _counts with { Repeated = _counts.Repeated + 1 } : new TallyCounts(_counts.Arrived + 1, _counts.Repeated, _counts.First == 0 ? at : _counts.First, at);
            _hasCome[number] = true;
        }
    }

    /// <summary>Begins anew.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            Array.Clear(_hasCome);
            _counts = new TallyCounts(0, 0, 0, 0);
        }
    }
}

/// <summary>How far a receiver that only counts has come.</summary>
/// <param name="Arrived">How many different numbers came.</param>
/// <param name="Repeated">How many requests brought one that had come before.</param>
/// <param name="First">When the first came, on the machine's monotonic clock, which all processes share; 0 when none did.</param>
/// <param name="Last">When the last that was new came.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TallyCounts(int Arrived, int Repeated, long First, long Last);
