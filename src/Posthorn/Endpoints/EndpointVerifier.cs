using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Lanes;
using Posthorn.Profiles;
using Posthorn.Sending;

namespace Posthorn.Endpoints;

/// <summary>
/// Asks an endpoint whether it wants to be one: it is sent <c>{"type":"webhook.verify","challenge":"…"}</c>, signed as its webhooks
/// are, and must answer 200 with the same <c>challenge</c>, so that nobody can register a stranger's URL.
/// </summary>
public sealed class EndpointVerifier(LaneSet lanes, WebhookSender sender, TimeProvider clock)
{
    private const string Type = "webhook.verify";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Sends the challenge once.</summary>
    /// <returns>Null when it was answered; else, in one line, what was wrong.</returns>
    public async Task<string?> ChallengeAsync(Endpoint record, EndpointSecrets secrets, Profile profile, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var challenge = RandomIds.Make("", 40);
        var envelope = Envelope(record, secrets, profile, challenge);
        var line = (string?)null;
        return await PassAsync(envelope.Destination, AskAsync, cancellationToken) switch
        {
            null => "the destination takes no more requests now; try again later",
            SendResult.Answered { Status: 200 } => Answers(line, challenge) ? null : "the answer is not a JSON object with the same challenge",
            SendResult.Answered answer => $"the answer is HTTP {answer.Status}, not 200",
            var result => Retrying.DeliveryPolicy.Describe(result),
        };

        async Task<SendResult> AskAsync(CancellationToken stopping)
        {
            (var asked, line) = await sender.AskAsync(envelope, attempt: 1, stopping);
            return asked;
        }
    }

    /// <summary>Sends in the endpoint's lane, which may ask for a little patience; null when it asks for more than somebody at an API has.</summary>
    private async Task<SendResult?> PassAsync(Destination destination, Func<CancellationToken, Task<SendResult>> ask, CancellationToken cancellationToken)
    {
        for (var lastTry = clock.GetUtcNow() + Patience; ;)
        {
            var passage = await lanes.PassAsync(destination, isRetry: false, ask, cancellationToken);
            if (passage is Passage.Sent sent) return sent.Result;
            if (passage is not Passage.Later { Until: var until } || until > lastTry) return null;
            if (until - clock.GetUtcNow() is { Ticks: > 0 } pause) await Task.Delay(pause, clock, cancellationToken);
        }
    }

    private Envelope Envelope(Endpoint record, EndpointSecrets secrets, Profile profile, string challenge)
    {
        var now = clock.GetUtcNow();
        return new Envelope
        {
            Id = WebhookEvent.NewId(now),
            Type = Type,
            Profile = profile,
            Tenant = record.Tenant,
            Time = TemplateValues.Iso(now),
            Destination = secrets.DestinationOf(record, now),
            ContentType = "application/json",
            Body = Encoding.UTF8.GetBytes($$"""{"type":"{{Type}}","challenge":"{{challenge}}"}"""),
            IsTest = true,
        };
    }

    private static bool Answers(string? line, string challenge)
    {
        try
        {
            using var answer = JsonDocument.Parse(line ?? "");
            return EventData.TextOf(EventData.Find(answer.RootElement, "challenge")) is { } text
                && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(challenge));
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
