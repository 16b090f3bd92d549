using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Worker.Amqp.Access;

/// <summary>What a connection has shown that it may use, and the links that it has by that. When a claim ends unrenewed, its links do.</summary>
internal sealed class Claims : IDisposable
{
    private const int MostPaths = 256;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _paths = [];
    private readonly Dictionary<Link, string> _links = [];
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;

    private Claims(TimeProvider clock)
    {
        _clock = clock;
        _timer = clock.CreateTimer(_ => Lapse(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The claims of a connection.</summary>
    public static Claims Of(AmqpConnection connection, TimeProvider clock)
    {
        if (connection.Tag is Claims claims) return claims;
        claims = new Claims(clock);
        connection.Tag = claims;
        return claims;
    }

    /// <summary>Whether one path is another, or above it; the root is above all.</summary>
    public static bool Cover(string path, string other) =>
        path.Length == 0 || (other.StartsWith(path, StringComparison.Ordinal) && (other.Length == path.Length || other[path.Length] == '/'));

    /// <summary>Adds a claim on a path and all below it, or changes its end; false when there are too many.</summary>
    public bool Add(string path, DateTimeOffset until)
    {
        lock (_gate)
        {
            if (_paths.Count >= MostPaths && !_paths.ContainsKey(path)) return false;
            _paths[path] = until;
            SetTimer();
            return true;
        }
    }

    /// <summary>Whether a path may be used now.</summary>
    public bool Allow(string path)
    {
        lock (_gate) return IsAllowed(path, _clock.GetUtcNow());
    }

    /// <summary>Whether anything may be used now.</summary>
    public bool AllowAnything()
    {
        lock (_gate) return _paths.Values.Any(until => until > _clock.GetUtcNow());
    }

    /// <summary>Ends the link when the claim on its path does.</summary>
    public void Watch(Link link, string path)
    {
        lock (_gate) _links[link] = path;
    }

    /// <summary>The link is gone.</summary>
    public void Forget(Link link)
    {
        lock (_gate) _links.Remove(link);
    }

    public void Dispose() => _timer.Dispose();

    private bool IsAllowed(string path, DateTimeOffset now) => _paths.Any(claim => claim.Value > now && Cover(claim.Key, path));

    private void Lapse()
    {
        List<KeyValuePair<Link, string>> lapsed;
        lock (_gate)
        {
            var now = _clock.GetUtcNow();
            foreach (var path in _paths.Where(claim => claim.Value <= now).Select(claim => claim.Key).ToList()) _paths.Remove(path);
            lapsed = [.. _links.Where(link => !IsAllowed(link.Value, now))];
            SetTimer();
        }

        foreach (var (link, _) in lapsed) link.Detach(new AmqpError(ErrorCondition.UnauthorizedAccess, "The token that this link was opened with has expired."));
    }

    private void SetTimer()
    {
        if (_paths.Count == 0) return;
        var next = _paths.Values.Min();
        if (next == DateTimeOffset.MaxValue) return;
        var left = next - _clock.GetUtcNow();
        _timer.Change(left < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : left < Longest ? left : Longest, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A timer takes no more than 49 days; it then looks again.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);
}
