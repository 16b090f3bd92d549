using System.Collections.Concurrent;
using Posthorn.Benchmarks.Receiving;

namespace Posthorn.Benchmarks.Soak;

/// <summary>The book that is closed at the end: what was accepted, against what became of it.</summary>
internal sealed class SoakLedger
{
    private readonly ConcurrentDictionary<string, bool> _attempted = new();
    private readonly ConcurrentDictionary<string, bool> _accepted = new();
    private readonly ConcurrentQueue<string> _problems = new();

    public ICollection<string> Accepted => _accepted.Keys;

    /// <summary>A producer is about to send these.</summary>
    public void Attempt(IEnumerable<string> ids)
    {
        foreach (var id in ids) _attempted[id] = true;
    }

    /// <summary>A producer was told that these are accepted.</summary>
    public void Accept(IEnumerable<string> ids)
    {
        foreach (var id in ids) _accepted[id] = true;
    }

    /// <summary>Something went in a way it should not.</summary>
    public void Note(string problem) => _problems.Enqueue(problem);

    /// <summary>
    /// Each accepted id counts once: as delivered if a receiver ever answered it with a success, else as dead, else as pending, else it is lost.
    /// </summary>
    public SoakVerdict Close(IReadOnlyList<Arrival> arrivals, IReadOnlySet<string> dead, IReadOnlySet<string> pending, Func<string, string> digestOf)
    {
        var deliveries = arrivals.Where(arrival => arrival.IsDelivery).GroupBy(arrival => arrival.Id).ToDictionary(same => same.Key, same => same.Count());
        var lost = new List<string>();
        var (delivered, died, waiting) = (0, 0, 0);
        foreach (var id in _accepted.Keys)
        {
            if (deliveries.ContainsKey(id)) delivered++;
            else if (dead.Contains(id)) died++;
            else if (pending.Contains(id)) waiting++;
            else lost.Add(id);
        }

        var strange = arrivals.Select(arrival => arrival.Id).Concat(dead).Where(id => !_attempted.ContainsKey(id)).Distinct().Order(StringComparer.Ordinal).ToList();
        var altered = arrivals.Where(arrival => _attempted.ContainsKey(arrival.Id) && arrival.Digest != digestOf(arrival.Id)).ToList();
        var unsigned = arrivals.Where(arrival => arrival.Signature is not true).ToList();
        return new SoakVerdict(
            new SoakReport
            {
                Accepted = _accepted.Count,
                Delivered = delivered,
                Dead = died,
                Pending = waiting,
                Lost = lost.Count,
                Duplicates = deliveries.Values.Sum(count => count - 1),
                Requests = arrivals.Count,
                Strange = strange.Count,
                Altered = altered.Count,
                BadSignatures = unsigned.Count,
            },
            [
                .. lost.Order(StringComparer.Ordinal).Select(id => $"lost: {id}"),
                .. strange.Select(id => $"never sent, and arrived or dead: '{id}'"),
                .. altered.Select(arrival => $"altered: the body of {arrival.Id}"),
                .. unsigned.Select(arrival => $"not rightly signed: {arrival.Id}"),
                .. _problems,
            ]);
    }
}

/// <summary>What the book says, and all that is wrong.</summary>
internal sealed record SoakVerdict(SoakReport Report, IReadOnlyList<string> Problems);
