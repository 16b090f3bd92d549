using System.Text;
using System.Text.Json;
using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests;

/// <summary>A queue is open to other producers: what they put on it is judged by the worker, as the API would have.</summary>
public sealed class PastTheApiTests : IAsyncLifetime
{
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_43_44_49_50_what_is_wrong_is_dead_lettered_at_once_under_its_reason()
    {
        await using var receiver = new RawReceiver();
        await _harness.StartWorkerAsync();

        await PutAsync(
            Plain("broken", "{\"type\":"),
            Plain("empty", ""),
            Plain("null", "null"),
            Plain("untyped", """{"destination":{"url":"http://localhost/"},"data":1}"""),
            Plain("not-utf8", new byte[] { (byte)'"', 0xFF, 0xFE, (byte)'"' }),
            Plain("unknown-profile", Envelopes.Of("evt_p", receiver.Url(), "nobody")),
            Plain("oversize", Envelopes.Of("evt_o", receiver.Url(), data: $"\"{new string('x', 1024 * 1024)}\"")),
            Plain("bad-header", Envelopes.Of("evt_h", receiver.Url(), destination: """ "headers":{"X-A":"a\r\nEvil: 1"} """)),
            Composed("composed-oversize", receiver.Url(), new byte[(1024 * 1024) + 4096 + 1]),
            Composed("composed-unknown", receiver.Url(), "{}"u8.ToArray(), ("profile", "nobody")),
            Composed("composed-header", receiver.Url(), "{}"u8.ToArray(), ("headers", """{"X-A":"a\r\nEvil: 1"}""")),
            Composed("composed-headers-broken", receiver.Url(), "{}"u8.ToArray(), ("headers", "[")),
            Composed("composed-version", receiver.Url(), "{}"u8.ToArray(), ("envelope_version", "2")),
            Composed("composed-url", new Uri("http://x/"), "{}"u8.ToArray(), ("url", "nonsense")));

        var letters = await _harness.UntilDeadAsync(14);
        ReasonsByMessage(letters).ShouldBe(new Dictionary<string, string>
        {
            ["broken"] = "MalformedEnvelope",
            ["empty"] = "MalformedEnvelope",
            ["null"] = "MalformedEnvelope",
            ["untyped"] = "MalformedEnvelope",
            ["not-utf8"] = "MalformedEnvelope",
            ["evt_p"] = "UnknownProfile",
            ["oversize"] = "PayloadTooLarge",
            ["evt_h"] = "InvalidHeader",
            ["composed-oversize"] = "PayloadTooLarge",
            ["composed-unknown"] = "UnknownProfile",
            ["composed-header"] = "InvalidHeader",
            ["composed-headers-broken"] = "InvalidHeader",
            ["composed-version"] = "MalformedEnvelope",
            ["composed-url"] = "InvalidDestination",
        }, ignoreOrder: true);
        letters.ShouldAllBe(letter => letter.GetProperty("attempts").GetInt32() == 0);
        receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_43_a_plain_JSON_envelope_as_the_body_is_delivered_as_if_it_had_come_by_the_API()
    {
        await using var receiver = new RawReceiver();
        await _harness.StartWorkerAsync();

        await PutAsync(
            Plain("message-1", Envelopes.Of("evt_plain", receiver.Url(), data: "{ \"odd\" :1.0 }")),
            Plain("message-2", Envelopes.Of("evt_x", receiver.Url()).Replace("\"id\":\"evt_x\",", "", StringComparison.Ordinal)),
            Composed("evt_composed", receiver.Url(), "exact bytes"u8.ToArray()));

        await Harness.UntilAsync(() => receiver.Requests.Count == 3, "three deliveries", _harness.DescribeProcesses);
        var byId = receiver.Requests.ToDictionary(request => request["webhook-id"] ?? "", request => request.Text);
        byId.Keys.ShouldBe(["evt_plain", "message-2", "evt_composed"], ignoreOrder: true);
        byId["evt_plain"].ShouldBe("{ \"odd\" :1.0 }");
        byId["evt_composed"].ShouldBe("exact bytes");
        await _harness.UntilQueueIsEmptyAsync();
    }

    [Fact]
    public async Task Fault_42_a_blocked_address_is_not_reached_outside_Development()
    {
        await using var receiver = new RawReceiver();
        _harness.Environment["DOTNET_ENVIRONMENT"] = "Production";
        var worker = await _harness.StartWorkerAsync();
        var inside = receiver.Url().Port;

        await PutAsync(
            Plain("literal", Envelopes.Of("evt_literal", new Uri($"https://127.0.0.1:{inside}/hook"))),
            Plain("name", Envelopes.Of("evt_name", new Uri($"https://localhost:{inside}/hook"))),
            Plain("http", Envelopes.Of("evt_http", new Uri("http://example.com/hook"))),
            Composed("evt_metadata", new Uri("https://169.254.169.254/latest/meta-data"), "{}"u8.ToArray()));

        await Harness.UntilAsync(() => worker.Output.Split("dead-lettered as").Length > 4, "four dead letters", worker.Everything);
        ReasonsByMessage(await _harness.DeadLettersAsync()).ShouldBe(new Dictionary<string, string>
        {
            ["evt_literal"] = "BlockedAddress",
            ["evt_name"] = "BlockedAddress",
            ["evt_http"] = "InvalidDestination",
            ["evt_metadata"] = "BlockedAddress",
        }, ignoreOrder: true);
        receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_49_no_injected_header_reaches_the_wire()
    {
        await using var receiver = new RawReceiver();
        await _harness.StartWorkerAsync();
        string[] values = ["a\\r\\nEvil: 1", "a\\nEvil: 1", "a\\rEvil: 1", "a\\u0000Evil", "a\\u0001", "ü", " a"];

        for (var i = 0; i < values.Length; i++)
        {
            var envelope = Envelopes.Of($"evt_{i}", receiver.Url(), destination: $$""" "headers":{"X-A":"{{values[i]}}"} """);
            using var answer = await _harness.PostAsync(envelope);
            ((int)answer.StatusCode).ShouldBe(400, values[i]);
            await PutAsync(Plain($"message-{i}", envelope));
        }

        foreach (var name in new[] { "Host", "Transfer-Encoding", "Content-Length", "Connection", "webhook-signature", "webhook-id", "User-Agent", "X A", "X:A", "" })
        {
            using var answer = await _harness.PostAsync(Envelopes.Of("evt_name", receiver.Url(), destination: $$""" "headers":{"{{name}}":"1"} """));
            ((int)answer.StatusCode).ShouldBe(400, name);
        }

        (await _harness.UntilDeadAsync(values.Length)).ShouldAllBe(letter => letter.GetProperty("reason").GetString() == "InvalidHeader");
        receiver.Requests.ShouldBeEmpty();
    }

    private static Dictionary<string, string> ReasonsByMessage(IEnumerable<JsonElement> letters) =>
        letters.ToDictionary(letter => letter.GetProperty("id").GetString() ?? "", letter => letter.GetProperty("reason").GetString() ?? "");

    private static QueueMessage Plain(string messageId, string body) => Plain(messageId, Encoding.UTF8.GetBytes(body));

    private static QueueMessage Plain(string messageId, byte[] body) => new() { MessageId = messageId, Body = body };

    /// <summary>The body to POST, and the rest in properties, as a producer with an SDK of its own writes it.</summary>
    private static QueueMessage Composed(string messageId, Uri url, byte[] body, params (string Name, string Value)[] properties)
    {
        var all = new Dictionary<string, string> { ["type"] = "test.happened", ["url"] = url.OriginalString };
        foreach (var (name, value) in properties) all[name] = value;
        return new QueueMessage { MessageId = messageId, Body = body, ContentType = "application/json", Properties = all };
    }

    private async Task PutAsync(params QueueMessage[] messages)
    {
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = _harness.QueueFile }, TimeProvider.System);
        (await queue.EnqueueAsync(messages, CancellationToken.None)).ShouldAllBe(outcome => outcome == EnqueueOutcome.Accepted);
    }
}
