using System.Text;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>A message of every kind that may be found dead.</summary>
internal static class DeadMail
{
    private static readonly Dictionary<string, QueueMessage> Messages = new QueueMessage[]
    {
        Envelope("an envelope in properties"),
        Envelope("an endpoint's delivery") with { Properties = Envelope("").Properties.Append(new(EnvelopeProperties.Endpoint, "wh_1")).ToDictionary() },
        Plain("a plain JSON envelope"),
        Plain("a plain JSON envelope without a profile") with { Body = """{"id":"evt_2","type":"t","destination":{"url":"http://[::1]:8080/a?b#c"}}"""u8.ToArray() },
        EventProperties.Write(new WebhookEvent { Id = "evt_3", Type = "thing.happened", Tenant = "tenant ü", Subject = "s", Time = "2026-03-01T11:00:00Z", Data = "{}"u8.ToArray() }, default) with { MessageId = "an event" },
        Envelope("an envelope with nothing right in it") with
        {
            Properties = new Dictionary<string, string> { [EnvelopeProperties.Url] = "not a URL", [EnvelopeProperties.ExpiresAt] = "some day", [EnvelopeProperties.Type] = new string('t', 3000) },
        },
        new() { MessageId = "no envelope", Body = new byte[] { 0xFF, 0x00, 0x7B }, ContentType = "text/plain" },
        new() { MessageId = "nothing", Body = default },
    }.ToDictionary(message => message.MessageId);

    /// <summary>The kinds, which are the message ids.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. Messages.Keys];

    /// <summary>The message of a kind.</summary>
    public static QueueMessage Of(string kind) => Messages[kind];

    /// <summary>An envelope in the form of properties.</summary>
    public static QueueMessage Envelope(string messageId) => new()
    {
        MessageId = messageId,
        Body = """{"a":1}"""u8.ToArray(),
        ContentType = "application/json",
        OrderingKey = $"k {messageId}", // Of its own, so that it waits for no other one.
        Properties = new Dictionary<string, string>
        {
            [EnvelopeProperties.Version] = "1",
            [EnvelopeProperties.Id] = "evt_1",
            [EnvelopeProperties.Type] = "thing.happened",
            [EnvelopeProperties.Profile] = "proposal",
            [EnvelopeProperties.Tenant] = "tenant é",
            [EnvelopeProperties.Subject] = "subject 漢",
            [EnvelopeProperties.Time] = "2026-03-01T11:00:00Z",
            [EnvelopeProperties.ExpiresAt] = "2026-03-02T14:00:00.123+02:00",
            [EnvelopeProperties.Url] = "https://user:secret@receiver.example:8443/a/b?token=secret",
            [EnvelopeProperties.Sealed] = "sealed secrets",
        },
    };

    /// <summary>An envelope in the form of JSON.</summary>
    public static QueueMessage Plain(string messageId) => new()
    {
        MessageId = messageId,
        Body = Encoding.UTF8.GetBytes("""
            {"id":"evt_2","type":"thing.happened","profile":"standard","tenant":"t","subject":"s","expires_at":"2026-03-02T12:00:00Z","destination":{"url":"https://plain.example/hook?key=1"},"data":{"a":1}}
            """),
    };
}
