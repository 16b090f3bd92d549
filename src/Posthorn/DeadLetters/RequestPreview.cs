using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Sending;
using Posthorn.Signing;

namespace Posthorn.DeadLetters;

/// <summary>The request that a dead letter would be sent as, without what proves whom it comes from: secrets, signatures, tokens and the values of headers of one's own are <c>***</c>.</summary>
public sealed class RequestPreview(EnvelopeReader reader, CredentialResolver credentials, Func<string, RegisteredEndpoint?> findEndpoint, TimeProvider clock)
{
    private const string Redacted = SigningSecret.Redacted;

    /// <summary>The headers by name, in the order they would be sent; or, in one line, why they cannot be told.</summary>
    public async ValueTask<(IReadOnlyList<KeyValuePair<string, string>> Headers, string? Problem)> OfAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(letter);
        if (EventProperties.Describes(letter.Message)) return ([], "it is an event that has not reached its endpoints yet");
        if (!reader.TryRead(letter.Message, letter.EnqueuedAt, out var envelope, out var errors)) return ([], errors.Count > 0 ? errors[0].ToString() : "the message is no envelope");
        if (envelope.Destination.Endpoint is { } id)
        {
            if (findEndpoint(id) is not { } endpoint) return ([], $"its endpoint {id} is not registered any more");
            var (own, given) = (endpoint.Destination(clock.GetUtcNow()), envelope.Destination);
            envelope = envelope with { Destination = given.Elsewhere is null ? own : own with { Url = given.Url, Elsewhere = given.Elsewhere } };
        }

        return await HeadersAsync(envelope, cancellationToken);
    }

    private async ValueTask<(IReadOnlyList<KeyValuePair<string, string>> Headers, string? Problem)> HeadersAsync(Envelope envelope, CancellationToken cancellationToken)
    {
        try
        {
            envelope = credentials.Open(envelope);
            var proof = await credentials.ResolveAsync(envelope.Destination, cancellationToken);
            KeyValuePair<string, string> type = new("Content-Type", envelope.ContentType);
            return ([type, .. WebhookRequest.Headers(envelope, attempt: 1, proof, clock.GetUtcNow()).Select(header => Shown(header, envelope.Profile, proof))], null);
        }
        catch (SecretUnavailableException missing)
        {
            return ([], missing.Message);
        }
    }

    private static KeyValuePair<string, string> Shown(KeyValuePair<string, string> header, Profile profile, Credentials proof)
    {
        if (header.Key == "Authorization" && proof.BearerToken is not null) return new(header.Key, $"Bearer {Redacted}");
        var isProfiles = header.Key == "User-Agent" || profile.Headers.Any(known => known.Name == header.Key && !known.Value.Uses(Placeholder.Secret) && !known.Value.Uses(Placeholder.Url));
        return isProfiles && !proof.Headers.ContainsKey(header.Key) ? header : new(header.Key, Redacted);
    }
}
