using Posthorn.Events;

namespace Posthorn.Tests.Support;

/// <summary>Throttled streams in memory.</summary>
internal sealed class MemoryThrottleStore : MemoryStore, IThrottleStore
{
    private readonly Dictionary<string, (EventRank Newest, DateTimeOffset Ends)> _windows = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Key, double Milestone), (string EventId, DateTimeOffset ForgetAt)> _claims = [];

    public Task<ThrottleAnswer> AdmitAsync(string key, EventRank rank, TimeSpan window, DateTimeOffset now, CancellationToken cancellationToken) => Answer<ThrottleAnswer>(() =>
    {
        if (!_windows.TryGetValue(key, out var stream)) stream = (rank, now);
        if ((rank.Time, rank.Sequence).CompareTo((stream.Newest.Time, stream.Newest.Sequence)) < 0) return new ThrottleAnswer.Superseded();
        var isOpen = stream.Ends > now;
        _windows[key] = (rank, isOpen ? stream.Ends : now + window);
        return isOpen ? new ThrottleAnswer.Hold(stream.Ends) : new ThrottleAnswer.Send();
    });

    public Task<bool> ClaimMilestonesAsync(string key, IReadOnlyList<double> passed, string eventId, DateTimeOffset forgetAt, CancellationToken cancellationToken) => Answer(() =>
    {
        foreach (var milestone in passed) _claims.TryAdd((key, milestone), (eventId, forgetAt));
        return passed.Any(milestone => _claims[(key, milestone)].EventId == eventId);
    });

    public Task<int> PruneAsync(DateTimeOffset before, int max, CancellationToken cancellationToken) => Answer(() =>
    {
        var gone = 0;
        foreach (var (key, _) in _windows.Where(pair => pair.Value.Ends < before).Take(max).ToList()) gone += _windows.Remove(key) ? 1 : 0;
        foreach (var (key, _) in _claims.Where(pair => pair.Value.ForgetAt < before).Take(max - gone).ToList()) gone += _claims.Remove(key) ? 1 : 0;
        return gone;
    });
}
