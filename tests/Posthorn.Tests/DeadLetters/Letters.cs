using System.Text;
using Posthorn.DeadLetters;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters;

/// <summary>Dead letters as facts need them.</summary>
internal static class Letters
{
    /// <summary>What no view, preview or export may hold in clear.</summary>
    public const string Secret = "do-not-print-me";

    /// <summary>An envelope on a queue.</summary>
    public static QueueMessage Message(
        string id = "evt_1", string url = "https://example.com/hook", string profile = "standard", string data = "{}", DateTimeOffset? expiresAt = null, string? tenant = null, string type = "thing.happened") =>
        EnvelopeProperties.Write(
            Given.Envelope(Given.Profile(profile), expiresAt) with
            {
                Id = id,
                Type = type,
                Tenant = tenant,
                Destination = new Destination { Url = new Uri(url) },
                Body = Encoding.UTF8.GetBytes(data),
            },
            default);

    /// <summary>An envelope on a queue as the intake writes it, with everything sealed that is a secret.</summary>
    public static QueueMessage Accepted(string profile = "standard", string data = """{"a": 1}""", string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") => Given.Read($$$"""
        {"id":"evt_1","type":"thing.happened","profile":"{{{profile}}}","tenant":"user_1","subject":"batch-7","time":"2024-03-21T15:30:45Z","expires_at":"2024-04-21T15:30:45Z",
         "data":{{{data}}},
         "destination":{"url":"https://example.com/hook?key={{{Secret}}}","secret":"{{{secret}}}","bearer_token":"{{{Secret}}}","headers":{"X-Own":"{{{Secret}}}","X-Two":"{{{Secret}}}2"}
         }
        }
        """).Message.ShouldNotBeNull();

    /// <summary>A message whose body is a whole envelope, as any producer may send it.</summary>
    public static QueueMessage Plain(string json, string messageId = "msg-1") => new() { MessageId = messageId, Body = Encoding.UTF8.GetBytes(json) };

    /// <summary>An event that died before it reached its endpoints.</summary>
    public static QueueMessage Event(string id = "evt_9") => EventProperties.Write(Given.Event(id: id), default);

    /// <summary>A delivery to a registered endpoint.</summary>
    public static QueueMessage ToEndpoint(string endpoint = "wh_1", string profile = "standard") =>
        EnvelopeProperties.Write(EndpointEnvelope.Of(Given.Event(), Given.Endpoint(endpoint), Given.Profile(profile), deadline: null), default);

    public static DeadLetter Dead(QueueMessage message) => new()
    {
        Sequence = 7,
        Message = message,
        Reason = DeadLetterReason.RetriesExhausted,
        Description = "HTTP 500",
        EnqueuedAt = Given.Now.AddHours(-2),
        DeadLetteredAt = Given.Now.AddHours(-1),
        DeliveryCount = 4,
        Progress = new DeliveryProgress
        {
            AttemptsMade = 2,
            Postponements = 5,
            Replays = 1,
            Attempts =
            [
                new AttemptRecord { Number = 1, At = Given.Now.AddHours(-2), DurationMs = 12, Status = 500, Detail = "« no »\nreally" },
                new AttemptRecord { Number = 2, At = Given.Now.AddMinutes(-90), DurationMs = 15_000, Error = "Timeout" },
            ],
        },
    };

    public static DeadLetterSummary Summary(QueueMessage message) => new()
    {
        Sequence = 7,
        MessageId = message.MessageId,
        Facts = DeadLetterFacts.Of(message),
        Reason = DeadLetterReason.RetriesExhausted,
        Last = new LastAttempt(500, Error: null),
        AttemptsMade = 3,
        Replays = 0,
        EnqueuedAt = Given.Now.AddHours(-2),
        DeadLetteredAt = Given.Now.AddHours(-1),
    };

    /// <summary>Buries so many envelopes, numbered from 1.</summary>
    public static void Bury(this MemoryDeadLetters letters, int count)
    {
        for (var i = 1; i <= count; i++) letters.Bury(Message($"evt_{i}"));
    }

    public static DeadLetter Bury(this MemoryDeadLetters letters, QueueMessage message) => letters.Bury(message, Given.Now.AddHours(-2), Given.Now.AddHours(-1));
}
