using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Posthorn.Envelopes;

/// <summary>A destination's URL, which comes again with each of its messages: it is read once, and so are its parts.</summary>
[SuppressMessage("Usage", "CA2237", Justification = "It is not serialized.")]
internal sealed class KnownUrl : Uri
{
    private const int MostKept = 4096;
    private static readonly ConcurrentDictionary<string, KnownUrl> Kept = new(StringComparer.Ordinal);
    private static int _count;

    private KnownUrl(string text)
        : base(text, UriKind.Absolute)
    {
        Lane = GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
        Display = GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
    }

    /// <inheritdoc cref="Destination.LaneOf"/>
    public string Lane { get; }

    /// <inheritdoc cref="Destination.DisplayOf"/>
    public string Display { get; }

    /// <summary>Reads an absolute URL. What may hold a secret, a user name or a query, is not kept.</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out Uri? url)
    {
        if (Kept.TryGetValue(text, out var known))
        {
            url = known;
            return true;
        }

        if (!TryCreate(text, UriKind.Absolute, out url)) return false;
        if (url.Scheme is "http" or "https" && url is { UserInfo: "", Query: "", Fragment: "" }) url = Keep(text);
        return true;
    }

    private static KnownUrl Keep(string text)
    {
        var url = new KnownUrl(text);
        if (!Kept.TryAdd(text, url)) return url;
        if (Interlocked.Increment(ref _count) <= MostKept) return url;
        Kept.Clear();
        Volatile.Write(ref _count, 0);
        return url;
    }
}
