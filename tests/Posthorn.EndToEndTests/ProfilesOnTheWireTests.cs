using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Posthorn.EndToEndTests;

/// <summary>One worker for the theory's cases: starting one takes longer than a delivery.</summary>
public sealed class RunningWorker : IAsyncLifetime
{
    public Harness Harness { get; } = new();

    public async ValueTask InitializeAsync() => await Harness.StartWorkerAsync();

    public ValueTask DisposeAsync() => Harness.DisposeAsync();
}

public sealed class ProfilesOnTheWireTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    // White space, number spellings, escapes and key order that a parser would not keep.
    private const string Data = """{ "event":"stage_completed",  "n" : [1.0, 2.50,1e2 ] , "text":"ü \u00fc \/ <&>",	"a":{},"task_id":"t-1" }""";
    private const string PlainSecret = "your-secret-key";
    private const string WhsecSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    public static TheoryData<string, string> Profiles => new()
    {
        { "standard", "user.created" },
        { "morag-stage", "stage_completed" },
        { "morag-step", "step_completed" },
        { "morag-task", "task_completed" },
        { "papr-batch", "batch.completed" },
        { "file-conversion", "document.completed" },
        { "proposal", "job.completed" },
    };

    [Theory]
    [MemberData(nameof(Profiles))]
    public async Task Every_profile_arrives_as_its_document_says_when_sent_by_the_command_line(string profile, string type)
    {
        await using var receiver = new RawReceiver();
        var (id, time) = ($"evt_cli-{profile}", Now());
        var file = running.Harness.Write($"{profile}.json", Envelope(id, profile, type, time, receiver.Url()));

        var sent = await running.Harness.RunAsync("send", file);

        sent.ExitCode.ShouldBe(0, sent.Everything());
        await CheckAsync(receiver, profile, type, id, time);
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public async Task Every_profile_arrives_as_its_document_says_when_sent_by_the_API(string profile, string type)
    {
        await using var receiver = new RawReceiver();
        var (id, time) = ($"evt_api-{profile}", Now());

        await running.Harness.AcceptAsync(Envelope(id, profile, type, time, receiver.Url()));

        await CheckAsync(receiver, profile, type, id, time);
    }

    [Fact]
    public async Task Without_a_secret_nothing_is_signed_and_no_secret_is_sent()
    {
        await using var receiver = new RawReceiver();

        await running.Harness.AcceptAsync(Envelopes.Of("evt_unsigned", receiver.Url(), "papr-batch"));

        await Harness.UntilAsync(() => receiver.Requests.Count == 1, "one delivery");
        receiver.Requests[0].OwnHeaders.Select(header => header.Key).ShouldBe(["User-Agent", "X-Webhook-Event", "X-Webhook-Timestamp"]);
    }

    [Fact]
    public async Task Morag_takes_a_bearer_token_and_an_envelope_brings_its_own_headers()
    {
        await using var receiver = new RawReceiver();
        const string Destination = "\"bearer_token\":\"tok-123\",\"headers\":{\"X-Env\":\"prod\"}";

        await running.Harness.AcceptAsync(Envelopes.Of("evt_bearer", receiver.Url(), "morag-step", Destination));

        await Harness.UntilAsync(() => receiver.Requests.Count == 1, "one delivery");
        receiver.Requests[0].OwnHeaders.ShouldBe([new("Authorization", "Bearer tok-123"), new("X-Env", "prod")]);
    }

    private static string Now() => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    private static string SecretOf(string profile) => profile == "standard" ? WhsecSecret : PlainSecret;

    private static string Envelope(string id, string profile, string type, string time, Uri url) =>
        $$"""
        { "id": "{{id}}", "type": "{{type}}", "profile": "{{profile}}", "time": "{{time}}",
          "destination": { "url": {{JsonSerializer.Serialize(url.OriginalString)}}, "secret": "{{SecretOf(profile)}}" },
          "data": {{Data}} }
        """.ReplaceLineEndings("");

    private static async Task CheckAsync(RawReceiver receiver, string profile, string type, string id, string time)
    {
        await Harness.UntilAsync(() => receiver.Requests.Count == 1, "one delivery");
        var request = receiver.Requests[0];

        request.RequestLine.ShouldBe("POST /hook HTTP/1.1");
        request["Content-Type"].ShouldBe("application/json");
        request.Text.ShouldBe(profile switch
        {
            "morag-task" => $$"""{"event_type":"{{type}}","timestamp":"{{time}}","data":{{Data}}}""",
            "file-conversion" => $$"""{"event":"{{type}}","timestamp":"{{time}}","data":{{Data}}}""",
            "proposal" => $$"""{"id":"{{id}}","type":"{{type}}","timestamp":"{{time}}","data":{{Data}}}""",
            _ => Data,
        });
        request.OwnHeaders.ShouldBe(Expected(profile, type, id, request).OrderBy(header => header.Key, StringComparer.Ordinal));
    }

    /// <summary>The documents' own checks: plain HMAC over the body that came.</summary>
    private static Dictionary<string, string> Expected(string profile, string type, string id, Received request)
    {
        var hex = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(PlainSecret), request.Body));
        var sha256 = "sha256=" + hex;
        return profile switch
        {
            "standard" => Standard(id, request),
            "papr-batch" => new()
            {
                ["User-Agent"] = "PaprMemory-BatchWebhook/1.0",
                ["X-Webhook-Event"] = type,
                ["X-Webhook-Secret"] = PlainSecret,
                ["X-Webhook-Signature"] = sha256,
                ["X-Webhook-Timestamp"] = Fresh(request["X-Webhook-Timestamp"]),
            },
            "file-conversion" or "proposal" => new() { ["X-Webhook-Signature"] = hex },
            _ => new() { ["X-MoRAG-Signature"] = sha256 },
        };
    }

    private static Dictionary<string, string> Standard(string id, Received request)
    {
        var unix = Fresh(request["webhook-timestamp"]);
        var key = Convert.FromBase64String(WhsecSecret["whsec_".Length..]);
        var digest = HMACSHA256.HashData(key, (byte[])[.. Encoding.UTF8.GetBytes($"{id}.{unix}."), .. request.Body]);
        return new() { ["webhook-id"] = id, ["webhook-timestamp"] = unix, ["webhook-signature"] = "v1," + Convert.ToBase64String(digest) };
    }

    private static string Fresh(string? unix)
    {
        var age = DateTimeOffset.UtcNow - DateTimeOffset.FromUnixTimeSeconds(long.Parse(unix.ShouldNotBeNull()));
        age.ShouldBeInRange(TimeSpan.FromSeconds(-2), TimeSpan.FromSeconds(60));
        return unix;
    }
}
