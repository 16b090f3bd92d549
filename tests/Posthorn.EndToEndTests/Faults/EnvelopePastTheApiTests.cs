using System.Text.Json;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>A queue is open to other producers: what they put on it in properties is judged by the worker, as the API would have.</summary>
public sealed class EnvelopePastTheApiTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/hook");
    private readonly Harness _harness = running.Harness;

    [Theory]
    [InlineData("type", "a\tb", "$.type", "MalformedEnvelope")]
    [InlineData("type", "", "$.type", "MalformedEnvelope")]
    [InlineData("id", "a b", "$.id", "MalformedEnvelope")]
    [InlineData("time", "yesterday", "$.time", "MalformedEnvelope")]
    [InlineData("expires_at", "never", "$.expires_at", "MalformedEnvelope")]
    [InlineData("tenant", "a\nb", "$.tenant", "MalformedEnvelope")]
    [InlineData("secret_ref", "a secret in clear", "$.destination.secret_ref", "MalformedEnvelope")]
    [InlineData("envelope_version", "2", "$.envelope_version", "MalformedEnvelope")]
    [InlineData("url", "nonsense", "$.destination.url", "InvalidDestination")]
    [InlineData("url", "file:///etc/passwd", "$.destination.url", "InvalidDestination")]
    [InlineData("profile", "nobody", "$.profile", "UnknownProfile")]
    [InlineData("headers", """{"X-A":"a\r\nEvil: 1"}""", "$.destination.headers.X-A", "InvalidHeader")]
    [InlineData("headers", """{"X-A":"\ud800"}""", "$.headers", "InvalidHeader")]
    [InlineData("headers", """{"Host":"h"}""", "$.destination.headers.Host", "InvalidHeader")]
    [InlineData("headers", """{"X-A":null}""", "$.headers", "InvalidHeader")]
    [InlineData("headers", "[", "$.headers", "InvalidHeader")]
    public async Task Fault_43_44_49_a_property_that_is_wrong_makes_a_dead_letter_that_names_it(string name, string value, string path, string reason)
    {
        var letter = await _harness.BuryAsync(EnvelopeMessages.Composed(Guid.NewGuid().ToString(), Nowhere, "{}"u8.ToArray(), (name, value)));

        letter.Text("reason").ShouldBe(reason);
        letter.Text("description").ShouldContain(path);
        letter.Text("description").ShouldNotContain("a secret in clear");
        letter.GetProperty("attempts").GetInt32().ShouldBe(0);
    }

    [Theory]
    [InlineData("{\"url\":\"http://127.0.0.1:9/\",\"type\":\"\\ud800\"}")]
    [InlineData("{\"\\udfff\":\"x\",\"url\":\"http://127.0.0.1:9/\",\"type\":\"t\"}")]
    [InlineData("{\"url\":null}")]
    [InlineData("{\"url\":7}")]
    [InlineData("not JSON")]
    public async Task Fault_43_47_properties_that_cannot_be_read_make_a_dead_letter(string properties)
    {
        using var file = _harness.OpenQueueFile();
        var letter = await _harness.BuryAsync(EnvelopeMessages.Composed(Guid.NewGuid().ToString(), Nowhere, "[]"u8.ToArray(), ("expires_at", "2020-01-01T00:00:00Z")));
        file.Execute("UPDATE contents SET properties = $0 WHERE content_id = (SELECT content_id FROM dead_letters WHERE sequence = $1)", properties, letter.GetProperty("sequence").GetInt64());

        // The list and the replay read it too.
        (await _harness.CallAsync("GET /api/dead-letters?limit=1")).Json.Items("dead_letters").Count.ShouldBe(1);
        (await _harness.CallAsync("POST /api/dead-letters/replay", $$"""{"sequences":[{{letter.GetProperty("sequence")}}]}""")).Json.Items("sequences").Count.ShouldBe(1);

        // Between the replay and the second death there may be none.
        JsonElement again = default;
        await Harness.UntilAsync(
            async () => (await _harness.CallAsync("GET /api/dead-letters?limit=1")).Json.Items("dead_letters") is [var newest, ..]
                && (again = newest).GetProperty("sequence").GetInt64() > letter.GetProperty("sequence").GetInt64(),
            "it is dead again",
            _harness.DescribeProcesses);
        again.Text("reason").ShouldBe("MalformedEnvelope");
    }

    [Fact]
    public async Task Fault_43_45_48_what_is_good_in_either_form_is_delivered_byte_for_byte()
    {
        await using var receiver = new RawReceiver();

        await _harness.PutAsync(
            EnvelopeMessages.Plain("message-1", Envelopes.Of("evt_plain", receiver.Url(), data: "{ \"odd\" :1.0 }")),
            EnvelopeMessages.Plain("message-2", Envelopes.Of("evt_x", receiver.Url()).Replace("\"id\":\"evt_x\",", "", StringComparison.Ordinal)),
            EnvelopeMessages.Composed("evt_composed", receiver.Url(), "exact bytes"u8.ToArray()),
            EnvelopeMessages.Composed("evt_lax", receiver.Url(), "{\"n\":NaN,\"n\":1e999}"u8.ToArray())); // A composed body is its producer's own.

        await Harness.UntilAsync(() => receiver.Requests.Count == 4, "four deliveries", _harness.DescribeProcesses);
        receiver.Requests.ToDictionary(request => request["webhook-id"] ?? "", request => request.Text).ShouldBe(new Dictionary<string, string>
        {
            ["evt_plain"] = "{ \"odd\" :1.0 }",
            ["message-2"] = """{"n":"evt_x"}""",
            ["evt_composed"] = "exact bytes",
            ["evt_lax"] = "{\"n\":NaN,\"n\":1e999}",
        }, ignoreOrder: true);
    }
}
