using System.Globalization;

namespace Posthorn.Profiles;

/// <summary>What the placeholders stand for in one attempt.</summary>
public readonly record struct TemplateValues
{
    /// <summary>The envelope's id.</summary>
    public required string Id { get; init; }

    /// <summary>The event type.</summary>
    public required string Type { get; init; }

    /// <summary>The attempt's time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The destination's URL.</summary>
    public required Uri Url { get; init; }

    /// <summary>The attempt's number, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The envelope's tenant, if it has one.</summary>
    public string? Tenant { get; init; }

    /// <summary>The envelope's subject, if it has one.</summary>
    public string? Subject { get; init; }

    /// <summary>The secret, if there is one.</summary>
    public Signing.SigningSecret? Secret { get; init; }

    /// <summary>A time as RFC 3339 in UTC with whole seconds, as the documents of the built-in profiles print it.</summary>
    public static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The value of a placeholder; null when there is none. Body and digest are not text and have none here.</summary>
    public string? Of(Placeholder placeholder) => placeholder switch
    {
        Placeholder.Id => Id,
        Placeholder.Type => Type,
        Placeholder.Unix => Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        Placeholder.Iso => Iso(Now),
        Placeholder.Secret => Secret?.Reveal(),
        Placeholder.Tenant => Tenant,
        Placeholder.Subject => Subject,
        Placeholder.Attempt => Attempt.ToString(CultureInfo.InvariantCulture),
        Placeholder.Url => Url.AbsoluteUri,
        _ => null,
    };
}
