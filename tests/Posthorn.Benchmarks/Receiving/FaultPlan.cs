using System.Collections.Concurrent;
using Posthorn.Benchmarks.Measuring;

namespace Posthorn.Benchmarks.Receiving;

/// <summary>
/// Which request meets which fault: decided by the seed, the request's id and how often that id was seen, so that it is the same
/// however the worker's deaths fall.
/// </summary>
internal sealed class FaultPlan(int seed)
{
    private const int Doomed = 40; // of a thousand: as many visits as the worker likes, each with a fault
    private const int Unlucky = 300; // of a thousand: one to three visits with a fault
    private static readonly Fault[] Passing = [Fault.Error, Fault.Error, Fault.Error, Fault.TooMany, Fault.Reset, Fault.Garbage, Fault.Slow, Fault.Hang];
    private readonly ConcurrentDictionary<string, int> _visits = new();

    /// <summary>The key that deliveries are signed with.</summary>
    public byte[] Secret { get; } = SecretOf(seed);

    public static byte[] SecretOf(int seed)
    {
        var key = new byte[32];
        Seeds.Chance(seed, "secret").NextBytes(key);
        return key;
    }

    /// <summary>The fate of the next request with this id.</summary>
    public Fault Next(string id)
    {
        var visit = _visits.AddOrUpdate(id, 1, (_, visits) => visits + 1);
        var chance = Seeds.Chance(seed, $"fate {id}");
        var fate = chance.Next(1000);
        if (fate < Doomed) return chance.Next(2) == 0 ? Fault.Gone : Fault.Error;
        if (fate < Unlucky && visit <= chance.Next(1, 4)) return Passing[Seeds.Chance(seed, $"visit {id} {visit}").Next(Passing.Length)];
        return Fault.None;
    }

    /// <summary>How long a slow answer takes.</summary>
    public TimeSpan Slowness(string id) => TimeSpan.FromMilliseconds(Seeds.Chance(seed, $"slow {id}").Next(50, 1200));
}
