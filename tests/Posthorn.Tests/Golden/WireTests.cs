using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Sending;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Golden;

/// <summary>Each profile's request on the wire, and its message on the queue, at one fixed time.</summary>
public class WireTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dictionary<string, (string Type, string Data)> Events = new(StringComparer.Ordinal)
    {
        ["standard"] = ("test.created", """{"test": 2432232314}"""),
        ["morag-stage"] = ("stage_completed", """{"event":"stage_completed","timestamp":"2024-01-01T10:01:00Z","stage":{"type":1,"status":"completed","execution_time":15.5}}"""),
        ["morag-step"] = ("step_started", """{"task_id":"task-abc-123-def","step":"metadata_extraction","status":"started","progress_percent":25.0,"timestamp":"2024-01-15T10:30:00Z"}"""),
        ["morag-task"] = ("task_progress", """{"task_id":"abc123","status":"progress","progress":0.5,"message":"Processing..."}"""),
        ["papr-batch"] = ("batch.completed", """{"batch_id":"550e8400-e29b-41d4-a716-446655440000","status":"completed","errors":[],"webhook_version":"1.0"}"""),
        ["file-conversion"] = ("document.error", """{"document_id":124,"filename":"übergröße.pdf","status":"error","folder_id":1}"""),
        ["proposal"] = ("job.completed", """{"job_id":"job_123","proposal_id":"prop_123","document_id":"doc_123","status":"completed"}"""),
    };

    public static TheoryData<string> Names => [.. BuiltInProfiles.All.Select(profile => profile.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_request_of_a_profile_is_this(string name)
    {
        new EnvelopeReader(Given.Builder()).TryRead(Message(name), Given.Now, out var envelope, out _).ShouldBeTrue();
        using var request = WebhookRequest.Compose(Given.Opened(envelope.ShouldNotBeNull()), 1, Given.CredentialsOf(envelope), Given.Now);

        GoldenFile.ShouldHold($"{name}.http", await TextOf(request));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_queue_message_of_a_profile_is_this(string name)
    {
        var message = Message(name);
        var text = JsonSerializer.Serialize(
            new
            {
                message_id = message.MessageId,
                content_type = message.ContentType,
                due_at = message.DueAt,
                ordering_key = message.OrderingKey,
                fingerprint = Convert.ToHexStringLower(message.Fingerprint.Span),
                properties = message.Properties,
                body = Encoding.UTF8.GetString(message.Body.Span),
            },
            Indented);

        GoldenFile.ShouldHold($"{name}.json", text + "\n");
    }

    private static QueueMessage Message(string name)
    {
        var (type, data) = Events[name];
        var secret = name == "standard" ? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" : "your-secret-key";
        var json = $$$"""
            {"id":"evt_01","type":"{{{type}}}","profile":"{{{name}}}","tenant":"user_123","subject":"thing-7","time":"2024-03-21T15:30:45.123Z",
             "destination":{"url":"https://example.com/hook?from=posthorn","secret":"{{{secret}}}","bearer_token":"token-1","headers":{"X-Env":"prod"}},
             "data":{{{data}}}}
            """;
        return Given.Intake(Given.Production).Read(Encoding.UTF8.GetBytes(json)).Message.ShouldNotBeNull();
    }

    private static async Task<string> TextOf(HttpRequestMessage request)
    {
        var text = new StringBuilder($"{request.Method} {request.RequestUri?.AbsoluteUri}\r\n");
        var content = request.Content.ShouldNotBeNull();
        foreach (var (name, values) in request.Headers.NonValidated.Concat(content.Headers.NonValidated)) text.Append($"{name}: {values}\r\n");
        return text.Append("\r\n").Append(await content.ReadAsStringAsync()).ToString();
    }
}
