namespace Posthorn.Benchmarks.Measuring;

/// <summary>How late mail came, in milliseconds.</summary>
/// <param name="AfterAcceptance">From when each was accepted to its first byte at the receiver.</param>
/// <param name="AfterDue">From when each was due to be handed over, so that a slow acceptance and a late producer are in it too.</param>
/// <param name="Missing">How many had not come when the measurement gave up: each counts as late as it was by then.</param>
internal sealed record Lateness(IReadOnlyList<double> AfterAcceptance, IReadOnlyList<double> AfterDue, int Missing)
{
    private const double Least = 0.1; // The first byte may come before the producer has read that it was accepted.

    /// <summary>Half come no later after they were accepted.</summary>
    public double P50Ms => Samples.Percentile(AfterAcceptance, 50);

    /// <summary>99 of a hundred come no later after they were accepted.</summary>
    public double P99Ms => Samples.Percentile(AfterAcceptance, 99);

    /// <summary>999 of a thousand come no later after they were accepted.</summary>
    public double P999Ms => Samples.Percentile(AfterAcceptance, 99.9);

    /// <summary>Half come no later after they were due.</summary>
    public double DueP50Ms => Samples.Percentile(AfterDue, 50);

    /// <summary>99 of a hundred come no later after they were due.</summary>
    public double DueP99Ms => Samples.Percentile(AfterDue, 99);

    /// <summary>999 of a thousand come no later after they were due.</summary>
    public double DueP999Ms => Samples.Percentile(AfterDue, 99.9);

    public static Lateness Of(Dictionary<string, (long Due, long Accepted)> sent, Dictionary<string, long> arrived, long now)
    {
        var all = sent.Select(each => (each.Value.Due, each.Value.Accepted, At: arrived.GetValueOrDefault(each.Key, now))).ToList();
        return new Lateness(
            all.ConvertAll(each => Math.Max(Least, Samples.Milliseconds(each.Accepted, each.At))),
            all.ConvertAll(each => Samples.Milliseconds(each.Due, each.At)),
            sent.Keys.Count(id => !arrived.ContainsKey(id)));
    }
}
