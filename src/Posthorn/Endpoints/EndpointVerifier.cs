using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Sending;

namespace Posthorn.Endpoints;

/// <summary>
/// Asks an endpoint whether it wants to be one: it is sent <c>{"type":"webhook.verify","challenge":"…"}</c>, signed as its webhooks
/// are, and must answer 200 with the same <c>challenge</c>, so that nobody can register a stranger's URL.
/// </summary>
public sealed class EndpointVerifier(WebhookSender sender, TimeProvider clock)
{
    private const string Type = "webhook.verify";

    /// <summary>Sends the challenge once.</summary>
    /// <returns>Null when it was answered; else, in one line, what was wrong.</returns>
    public async Task<string?> ChallengeAsync(Endpoint record, EndpointSecrets secrets, Profile profile, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var challenge = RandomIds.Make("", 40);
        var (result, line) = await sender.AskAsync(Envelope(record, secrets, profile, challenge), attempt: 1, cancellationToken);
        return result switch
        {
            SendResult.Answered { Status: 200 } => Answers(line, challenge) ? null : "the answer is not a JSON object with the same challenge",
            SendResult.Answered answer => $"the answer is HTTP {answer.Status}, not 200",
            _ => Retrying.DeliveryPolicy.Describe(result),
        };
    }

    private Envelope Envelope(Endpoint record, EndpointSecrets secrets, Profile profile, string challenge)
    {
        var now = clock.GetUtcNow();
        return new Envelope
        {
            Id = $"evt_{Guid.CreateVersion7(now):N}",
            Type = Type,
            Profile = profile,
            Tenant = record.Tenant,
            Time = now.UtcDateTime.ToString(TemplateValues.IsoFormat, CultureInfo.InvariantCulture),
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
            return Events.EventData.TextOf(Events.EventData.Find(answer.RootElement, "challenge")) is { } text
                && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(challenge));
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
