namespace Posthorn.DeadLetters.Filtering;

/// <summary>A part of the web: a host or all below a name, on one port or any, and what its paths begin with.</summary>
internal sealed record DestinationPattern
{
    /// <summary>The scheme; null is any.</summary>
    public string? Scheme { get; init; }

    /// <summary>The host as it may be spelled in a URL: with letters of its script, and in ASCII.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>Whether the hosts below that name are meant, and not the name itself.</summary>
    public bool IsBelow { get; init; }

    /// <summary>The port; null is any.</summary>
    public int? Port { get; init; }

    /// <summary>What the path begins with; empty is any path.</summary>
    public string Path { get; init; } = "";

    /// <summary>Whether a URL without user name and query, as <see cref="Envelopes.Destination.DisplayOf"/> writes it, lies there.</summary>
    public bool Matches(string? url)
    {
        const string Slashes = "://";
        var rest = url.AsSpan();
        var colon = rest.IndexOf(Slashes, StringComparison.Ordinal);
        if (colon < 0) return false;
        var scheme = rest[..colon];
        if (Scheme is not null && !scheme.Equals(Scheme, StringComparison.OrdinalIgnoreCase)) return false;
        rest = rest[(colon + Slashes.Length)..];
        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest[..slash];
        var path = slash < 0 ? "/" : rest[slash..];
        return path.StartsWith(Path, StringComparison.Ordinal) && IsAt(authority, scheme);
    }

    private bool IsAt(ReadOnlySpan<char> authority, ReadOnlySpan<char> scheme)
    {
        var colon = authority.LastIndexOf(':');
        var hasPort = colon > authority.LastIndexOf(']'); // Those within brackets are an IPv6 address's.
        if (Port is { } port && port != (hasPort ? PortOf(authority[(colon + 1)..]) : DefaultPort(scheme))) return false;
        var host = hasPort ? authority[..colon] : authority;
        for (var i = 0; i < Hosts.Count; i++) // An enumerator would be garbage, a million times.
            if (IsBelow ? IsBelowName(host, Hosts[i]) : host.Equals(Hosts[i], StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private static bool IsBelowName(ReadOnlySpan<char> host, string name) =>
        host.Length > name.Length + 1 && host.EndsWith(name, StringComparison.OrdinalIgnoreCase) && host[^(name.Length + 1)] == '.';

    private static int PortOf(ReadOnlySpan<char> text) => int.TryParse(text, out var port) ? port : -1;

    /// <summary>The port of a scheme when a URL names none.</summary>
    public static int DefaultPort(ReadOnlySpan<char> scheme) => scheme.Equals("https", StringComparison.OrdinalIgnoreCase) ? 443 : 80;
}
