using System.Net;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Signing;

namespace Posthorn.Sending;

/// <summary>The POST that an envelope becomes: exactly the headers of its profile, its own, and what HTTP needs.</summary>
public static class WebhookRequest
{
    /// <summary>Composes the request of one attempt.</summary>
    /// <exception cref="InvalidHeaderException">A header cannot be sent as it is.</exception>
    /// <exception cref="SecretUnavailableException">A secret does not have the form the profile asks for.</exception>
    public static HttpRequestMessage Compose(Envelope envelope, int attempt, Credentials credentials, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentNullException.ThrowIfNull(credentials);
        var request = new HttpRequestMessage(HttpMethod.Post, envelope.Destination.Url)
        {
            // HTTP/2 is agreed on inside TLS (ALPN); in clear there is nothing to agree by.
            Version = envelope.Destination.Url.Scheme == Uri.UriSchemeHttps ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = new ReadOnlyMemoryContent(envelope.Body),
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", envelope.ContentType); // Judged by the EnvelopeBuilder; sent as it is written.
        foreach (var (name, value) in Headers(envelope, attempt, credentials, now))
        {
            if (!HeaderNames.IsToken(name) || !HeaderNames.IsValue(value) || !request.Headers.TryAddWithoutValidation(name, value))
                throw new InvalidHeaderException($"the header {EnvelopeError.Shown(name)} has a value that is not visible ASCII");
        }

        if (envelope.Profile.TraceContext) Diagnostics.TraceContext.Tell(request.Headers, envelope.Trace);
        return request;
    }

    /// <summary>The headers of one attempt in the order they are sent: the profile's, the signature, the bearer token, the envelope's.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Headers(Envelope envelope, int attempt, Credentials credentials, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentNullException.ThrowIfNull(credentials);
        var profile = envelope.Profile;
        var values = new TemplateValues
        {
            Id = envelope.Id,
            Type = envelope.Type,
            Now = now,
            Url = envelope.Destination.Url,
            Attempt = attempt,
            Tenant = envelope.Tenant,
            Subject = envelope.Subject,
            Secret = credentials.Secrets.Count > 0 ? credentials.Secrets[0] : null,
        };
        if (profile.UserAgent is { } agent) yield return new("User-Agent", agent);
        foreach (var (name, template) in profile.Headers)
            if (template.Render(values) is { } value) yield return new(name, value);
        if (profile.Signature is { } contract && credentials.Secrets.Count > 0)
            yield return new(contract.Header, Signer.Sign(contract, credentials.Secrets, envelope.Body.Span, values));
        if (credentials.BearerToken is { } token) yield return new("Authorization", $"Bearer {token.Reveal()}");
        foreach (var header in credentials.Headers) yield return header;
    }

    /// <summary>Why the envelope's own headers cannot be sent; null when they can. Asked again at every attempt, as a queue is open to others.</summary>
    public static Refusal? JudgeHeaders(Envelope envelope, Credentials credentials)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentNullException.ThrowIfNull(credentials);
        if (credentials.Headers.Count == 0) return null;
        var (name, problem) = HeaderRules.Problems(credentials.Headers, envelope.Profile, credentials.BearerToken is not null).FirstOrDefault();
        return problem is null ? null : new Refusal(DeadLetterReason.InvalidHeader, $"the header {EnvelopeError.Shown(name)} {problem}");
    }
}

/// <summary>A header cannot be sent as it is; the message names it and never holds its value.</summary>
public sealed class InvalidHeaderException(string message) : Exception(message);
