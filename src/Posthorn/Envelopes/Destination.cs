using Posthorn.Queues;
using Posthorn.Signing;

namespace Posthorn.Envelopes;

/// <summary>Where an envelope goes, and by what it proves whom it comes from.</summary>
public sealed record Destination
{
    /// <summary>An absolute http or https URL.</summary>
    public required Uri Url { get; init; }

    /// <summary>The signing secret in clear: only between a producer's request and the seal.</summary>
    public SigningSecret? Secret { get; init; }

    /// <summary>The secret before a rotation, which signs too.</summary>
    public SigningSecret? PreviousSecret { get; init; }

    /// <summary>Where the signing secret is kept, such as <c>config:NAME</c>.</summary>
    public string? SecretRef { get; init; }

    /// <summary>The bearer token in clear: only between a producer's request and the seal.</summary>
    public SigningSecret? BearerToken { get; init; }

    /// <summary>Where the bearer token is kept.</summary>
    public string? BearerTokenRef { get; init; }

    /// <summary>Headers of the producer's own.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = NoHeaders;

    /// <summary>What the queue holds in place of <see cref="Secret"/>, <see cref="BearerToken"/> and <see cref="Headers"/>.</summary>
    public string? Sealed { get; init; }

    /// <summary>Why its secrets cannot be had now; null when they can. Nothing is sent then, as nothing is sent unsigned.</summary>
    public string? SecretsMissing { get; init; }

    /// <summary>What is kept apart from what: an endpoint, or a scheme, host and port.</summary>
    public string Lane => Elsewhere is null ? Endpoint ?? LaneOf(Url) : LaneOf(Url);

    /// <summary>Why <see cref="Url"/> is not the destination's own: an operator sent it elsewhere. Null: it is.</summary>
    public Elsewhere? Elsewhere { get; init; }

    /// <summary>The registered endpoint's id; null when the producer named the URL itself.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The most requests a second; null is no limit.</summary>
    public int? RateLimit { get; init; }

    /// <summary>The URL as it may be shown: a user name or a query may hold a secret.</summary>
    public string Display => DisplayOf(Url);

    /// <summary>No header.</summary>
    public static IReadOnlyDictionary<string, string> NoHeaders { get; } = new Dictionary<string, string>(0);

    /// <summary>The lane of a URL: its scheme, host and port.</summary>
    public static string LaneOf(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return url is KnownUrl known ? known.Lane : url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);
    }

    /// <summary>A URL without user name, query and fragment.</summary>
    public static string DisplayOf(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return url is KnownUrl known ? known.Display : url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
    }
}
