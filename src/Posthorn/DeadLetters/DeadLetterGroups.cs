using Posthorn.Queues;

namespace Posthorn.DeadLetters;

/// <summary>Dead letters by what they have in common, and by when they died. Its memory is bounded: beyond <see cref="MaxGroups"/> the rest is one group.</summary>
public sealed class DeadLetterGroups(GroupDimensions by)
{
    /// <summary>The most groups that are told apart.</summary>
    public const int MaxGroups = 50_000;

    private const int MaxOrigins = 10_000;
    private readonly Dictionary<Key, Tally> _tallies = [];
    private readonly Dictionary<string, string> _origins = new(StringComparer.Ordinal);
    private readonly Tally _rest = new();

    /// <summary>How many there are in all.</summary>
    public long Total { get; private set; }

    /// <summary>When they died.</summary>
    public TimeHistogram Times { get; } = new();

    /// <summary>Counts one.</summary>
    public void Add(DeadLetterSummary letter)
    {
        ArgumentNullException.ThrowIfNull(letter);
        Total++;
        Times.Add(letter.DeadLetteredAt);
        TallyOf(letter).Add(letter.DeadLetteredAt);
    }

    /// <summary>The groups, the largest first.</summary>
    public IReadOnlyList<DeadLetterGroup> Sorted()
    {
        IEnumerable<DeadLetterGroup> groups = _tallies.Select(each => Group(each.Key, each.Value));
        if (_rest.Count > 0) groups = groups.Append(Group(new Key { Reason = "(others)" }, _rest));
        return [.. groups.OrderByDescending(group => group.Count).ThenBy(group => group.Oldest)];
    }

    private Tally TallyOf(DeadLetterSummary letter)
    {
        var key = KeyOf(letter);
        if (_tallies.TryGetValue(key, out var tally)) return tally;
        return _tallies.Count >= MaxGroups ? _rest : _tallies[key] = new Tally();
    }

    private Key KeyOf(DeadLetterSummary letter) => new()
    {
        Reason = Has(GroupDimensions.Reason) ? letter.Reason.Name : null,
        Status = Has(GroupDimensions.Status) ? letter.Last.Status : null,
        Error = Has(GroupDimensions.Error) ? letter.Last.Error : null,
        Destination = Has(GroupDimensions.Url) ? letter.Facts.Destination : Has(GroupDimensions.Destination) ? KnownOriginOf(letter.Facts.Destination) : null,
        Profile = Has(GroupDimensions.Profile) ? letter.Facts.Profile : null,
        Type = Has(GroupDimensions.Type) ? letter.Facts.Type : null,
        Tenant = Has(GroupDimensions.Tenant) ? letter.Facts.Tenant : null,
        Endpoint = Has(GroupDimensions.Endpoint) ? letter.Facts.EndpointId : null,
    };

    private bool Has(GroupDimensions dimension) => (by & dimension) != GroupDimensions.None;

    /// <summary>Scheme, host and port of a URL; the same few come again and again.</summary>
    private string? KnownOriginOf(string? url)
    {
        if (url is null) return null;
        if (_origins.TryGetValue(url, out var known)) return known;
        var origin = OriginOf(url);
        if (_origins.Count < MaxOrigins) _origins[url] = origin;
        return origin;
    }

    /// <summary>Scheme, host and port of a URL as it is shown.</summary>
    internal static string OriginOf(string url)
    {
        var host = url.IndexOf("://", StringComparison.Ordinal) + 3;
        var path = host > url.Length ? -1 : url.IndexOf('/', host);
        return path < 0 ? url : url[..path];
    }

    private static DeadLetterGroup Group(Key key, Tally tally) => new()
    {
        Reason = key.Reason,
        Status = key.Status,
        Error = key.Error,
        Destination = key.Destination,
        Profile = key.Profile,
        Type = key.Type,
        Tenant = key.Tenant,
        EndpointId = key.Endpoint,
        Count = tally.Count,
        Oldest = tally.Oldest,
        Newest = tally.Newest,
    };

    private readonly record struct Key(string? Reason, int? Status, string? Error, string? Destination, string? Profile, string? Type, string? Tenant, string? Endpoint);

    private sealed class Tally
    {
        public long Count { get; private set; }

        public DateTimeOffset Oldest { get; private set; } = DateTimeOffset.MaxValue;

        public DateTimeOffset Newest { get; private set; } = DateTimeOffset.MinValue;

        public void Add(DateTimeOffset at)
        {
            Count++;
            if (at < Oldest) Oldest = at;
            if (at > Newest) Newest = at;
        }
    }
}
