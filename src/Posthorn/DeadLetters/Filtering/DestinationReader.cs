using System.Globalization;
using Posthorn.Envelopes;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>Reads a part of the web: <c>[SCHEME://]HOST[:PORT][/PATH]</c>, with <c>*.</c> in front of the host for all below it.</summary>
internal sealed class DestinationReader(TermText text)
{
    private const string Slashes = "://";
    private const string Below = "*.";

    private static readonly string[] Schemes = ["https", "http"];

    /// <summary>Reads one.</summary>
    /// <exception cref="FilterException">It is none; or it asks for what destinations are kept without, their query and their user name.</exception>
    public static DestinationPattern Read(TermText text) => new DestinationReader(text).Read();

    private DestinationPattern Read()
    {
        var scheme = ReadScheme();
        var isBelow = text.TryTake(Below);
        RefuseStrangers();
        var hosts = ReadHosts(isBelow);
        var port = ReadPort() ?? (scheme is null ? null : DestinationPattern.DefaultPort(scheme));
        return new DestinationPattern { Scheme = scheme, IsBelow = isBelow, Hosts = hosts, Port = port, Path = ReadPath() };
    }

    private string? ReadScheme()
    {
        var end = text.Value.IndexOf(Slashes, StringComparison.Ordinal);
        if (end < 0 || text.Value.AsSpan(0, end).Contains('/')) return null;
        var scheme = text.Value[..end];
        if (!Schemes.Contains(scheme, StringComparer.OrdinalIgnoreCase)) throw text.Wrong("a URL begins with https:// or http://");
        text.Position = end + Slashes.Length;
        return scheme;
    }

    private void RefuseStrangers()
    {
        for (var at = text.Position; at < text.Value.Length; at++)
        {
            var problem = text.Value[at] switch
            {
                '?' => "destinations are kept without their query: leave it out",
                '#' => "destinations have no fragment: leave it out",
                '@' when !text.Value.AsSpan(text.Position, at - text.Position).Contains('/') => "destinations are kept without a user name: leave it out",
                '*' => "a * may only stand in front of a host, as in *.example.com; a path is the beginning of paths anyway",
                '\\' => "a backslash cannot stand in a URL",
                var c when char.IsWhiteSpace(c) => "a blank cannot stand in a URL",
                _ => null,
            };
            if (problem is not null) throw text.Wrong(problem, at);
        }
    }

    /// <summary>Reads a host.</summary>
    /// <returns>Its spellings: a URL keeps the one it was given.</returns>
    private IReadOnlyList<string> ReadHosts(bool isBelow)
    {
        var at = text.Position;
        var length = text.Next == '[' ? text.Rest.IndexOf(']') + 1 : text.Rest.IndexOfAny(':', '/');
        if (text.Next == '[' && length == 0) throw text.Wrong("the ] of an IPv6 address is missing", text.Value.Length);
        if (length < 0) length = text.Rest.Length;
        if (length == 0) throw text.Wrong(text.Next == ':' ? "a host is expected; an IPv6 address stands in brackets" : "a host is expected");
        var typed = text.Rest[..length];
        text.Position += length;
        if (!Uri.TryCreate($"http://{typed}/", UriKind.Absolute, out var url) || url is not { Host.Length: > 0, AbsolutePath: "/" })
            throw text.Wrong("there is no such host", at);
        if (url.HostNameType != UriHostNameType.Dns)
            return isBelow ? throw text.Wrong("there is nothing below an address", at) : [url.Host];
        return Spellings(url);
    }

    private static IReadOnlyList<string> Spellings(Uri url)
    {
        try
        {
            return [.. new[] { url.Host, url.IdnHost, new IdnMapping().GetUnicode(url.IdnHost) }.Distinct(StringComparer.OrdinalIgnoreCase)];
        }
        catch (Exception broken) when (broken is ArgumentException or UriFormatException)
        {
            return [url.Host]; // It only looks like an international name.
        }
    }

    private int? ReadPort()
    {
        const int MaxDigits = 5;
        if (!text.TryTake(":")) return text.AtEnd || text.Next == '/' ? null : throw text.Wrong("a port or a path is expected");
        var at = text.Position;
        var digits = text.TakeDigits();
        if (digits.Length == 0 || !(text.AtEnd || text.Next == '/')) throw text.Wrong("a port is a number; an IPv6 address stands in brackets");
        var isOne = digits.Length <= MaxDigits && int.Parse(digits, CultureInfo.InvariantCulture) is > 0 and <= 65_535;
        return isOne ? int.Parse(digits, CultureInfo.InvariantCulture) : throw text.Wrong("a port lies within 1-65535", at);
    }

    /// <summary>Reads what paths begin with, in the spelling that URLs are kept in.</summary>
    private string ReadPath()
    {
        if (text.AtEnd) return "";
        var path = text.Rest.ToString();
        RefuseHalfEscapes(path);
        RefuseDots(path);
        const string Anywhere = "http://host";
        return Uri.TryCreate(Anywhere + path, UriKind.Absolute, out var url)
            ? Destination.DisplayOf(url)[Anywhere.Length..]
            : throw text.Wrong("there is no such path");
    }

    private void RefuseHalfEscapes(string path)
    {
        for (var at = path.IndexOf('%'); at >= 0; at = path.IndexOf('%', at + 1))
        {
            var isWhole = at + 2 < path.Length && char.IsAsciiHexDigit(path[at + 1]) && char.IsAsciiHexDigit(path[at + 2]);
            if (!isWhole) throw text.Wrong("% and two hexadecimal digits are expected", text.Position + at);
        }
    }

    /// <summary>A URL is kept without these segments: what looks like a narrow path could be a wide one.</summary>
    private void RefuseDots(string path)
    {
        var at = text.Position + 1;
        foreach (var segment in path[1..].Split('/'))
        {
            if (segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..") throw text.Wrong("a path without . and .. is expected", at);
            at += segment.Length + 1;
        }
    }
}
