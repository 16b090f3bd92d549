using System.Text;
using System.Text.Json;
using Posthorn.DeadLetters.Exporting;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Exporting;

public class DeadLetterExportTests
{
    private readonly DeadLetterExport _export = new(new FakeSealer(), Given.Catalog());

    public static TheoryData<string, byte[]> Bodies { get; } = new()
    {
        { "an object", """{"a": 1, "é": "\u00e9 😀", "n": 1.0e5}"""u8.ToArray() },
        { "pretty-printed JSON", "{\r\n  \"a\": [\n    1\n  ]\n}"u8.ToArray() },
        { "blanks before", "  {\"a\":1}"u8.ToArray() },
        { "blanks after", "{\"a\":1} "u8.ToArray() },
        { "a tab before", "\t[1]"u8.ToArray() },
        { "a line end after", "{\"a\":1}\n"u8.ToArray() },
        { "a byte-order mark", [0xEF, 0xBB, 0xBF, .. "{\"a\":1}"u8] },
        { "a number", "1.0"u8.ToArray() },
        { "a string", "\"a\""u8.ToArray() },
        { "a string of base64", "\"AAAA\""u8.ToArray() },
        { "null", "null"u8.ToArray() },
        { "true", "true"u8.ToArray() },
        { "nothing", [] },
        { "a blank", " "u8.ToArray() },
        { "two values", "{} {}"u8.ToArray() },
        { "a name twice", """{"a":1,"a":2}"""u8.ToArray() },
        { "half a surrogate pair", """{"\ud800":"\udc00"}"""u8.ToArray() },
        { "a line separator", "{\"a\":\"\u2028\"}"u8.ToArray() },
        { "broken JSON", "{\"a\":"u8.ToArray() },
        { "bytes", [0, 1, 2, 255, 254, 10, 13] },
        { "JSON that is no UTF-8", [.. "{\"a\":\""u8, 0xFF, 0xC0, .. "\"}"u8] },
        { "64 levels", Nested(64) },
        { "65 levels", Nested(65) },
        { "97 levels", Nested(97) },
        { "100 levels", Nested(100) },
        { "500 levels", Nested(500) },
        { "20000 levels", Nested(20_000) },
    };

    public static TheoryData<string> Profiles => [.. BuiltInProfiles.All.Select(profile => profile.Name)];

    [Theory]
    [MemberData(nameof(Bodies))]
    public void Every_body_comes_back_to_the_byte(string what, byte[] body)
    {
        ShouldComeBack(Letters.Dead(Letters.Message() with { Body = body }), what);
        ShouldComeBack(Letters.Dead(Letters.Message(profile: "morag-task") with { Body = body }), what);
        ShouldComeBack(Letters.Dead(Letters.Message() with { Body = body, ContentType = "text/plain" }), what);
        ShouldComeBack(Letters.Dead(Letters.Event() with { Body = body }), what);
        ShouldComeBack(Letters.Dead(new QueueMessage { MessageId = "m", Body = body }), what);
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Every_profile_s_message_comes_back(string profile)
    {
        var message = Letters.Accepted(profile);

        var line = ShouldComeBack(Letters.Dead(message), profile);

        // A person reads the data before it was wrapped.
        using var json = JsonDocument.Parse(line);
        json.RootElement.GetProperty("envelope").GetProperty("data").GetRawText().ShouldBe("""{"a": 1}""");
        line.ShouldContain(message.Properties["sealed"], customMessage: "What was sealed stays sealed.");
        line.ShouldNotContain(Letters.Secret);
    }

    [Fact]
    public void JSON_stands_in_the_line_once_and_as_it_is()
    {
        var line = ShouldComeBack(Letters.Dead(Letters.Message(data: """{"a": [1, 2.50], "é":"\u00e9"}""")), "");

        line.ShouldContain("\"data\":{\"a\": [1, 2.50], \"é\":\"\\u00e9\"}");
        line.ShouldNotContain("body_base64");
    }

    [Fact]
    public void A_line_has_the_fields_that_scripts_rely_on()
    {
        using var json = JsonDocument.Parse(_export.Write(Letters.Dead(Letters.Accepted())));

        json.RootElement.EnumerateObject().Select(field => field.Name).ShouldBe(
            ["sequence", "id", "reason", "description", "error", "enqueued_at", "dead_lettered_at", "delivery_count", "attempts_made", "postponements", "replays", "attempts", "envelope", "message"],
            ignoreOrder: true);
        (json.RootElement.GetProperty("sequence").GetInt64(), json.RootElement.GetProperty("id").GetString(), json.RootElement.GetProperty("error").GetString()).ShouldBe((7, "evt_1", "Timeout"));
        var envelope = json.RootElement.GetProperty("envelope");
        (envelope.GetProperty("profile").GetString(), envelope.GetProperty("destination").GetProperty("url").GetString()).ShouldBe(("standard", "https://example.com/hook"));
    }

    [Fact]
    public void A_plain_envelope_is_sealed_whole_as_its_secret_is_in_clear()
    {
        var json = $$"""
            {"id":"evt_1","type":"t","profile":"standard","data":{"a": 1},
             "destination":{"url":"https://example.com/hook?key={{Letters.Secret}}","secret":"{{Letters.Secret}}","bearer_token":"{{Letters.Secret}}","headers":{"X-Key":"{{Letters.Secret}}"} } }
            """;

        var line = ShouldComeBack(Letters.Dead(Letters.Plain(json)), "");

        ShouldHold(line, nothingOf: Letters.Secret);
        line.ShouldContain("\"data\":{\"a\": 1}");
        line.ShouldContain("\"url\":\"https://example.com/hook\"");
    }

    [Theory]
    [InlineData("""{"id":"evt_1","secret":"do-not-print-me","destination":{"secret":"do-not-print-me"}}""")]
    [InlineData("""{"id":"do","type":"t","type":"t","destination":{"secret":"do-not-print-me"}}""")]
    [InlineData("""{"destination":{"url":"https://user:do-not-print-me@example.com/","secret_ref":"do-not-print-me","bearer_token_ref":"do-not-print-me"}}""")]
    [InlineData("not JSON do-not-print-me")]
    [InlineData("[\"do-not-print-me\"]")]
    public void A_message_that_is_no_sound_envelope_shows_no_secret_either(string body)
    {
        ShouldHold(ShouldComeBack(Letters.Dead(Letters.Plain(body)), body), nothingOf: Letters.Secret);
    }

    [Theory]
    [InlineData("headers", """{"X-Key":"do-not-print-me"}""")]
    [InlineData("headers", "no JSON: do-not-print-me")]
    [InlineData("url", "https://example.com/hook?key=do-not-print-me")]
    [InlineData("url", "https://user:do-not-print-me@example.com/hook")]
    [InlineData("url", "https://do-not-print-me@example.com/hook")]
    [InlineData("url", "https://example.com/hook#do-not-print-me")]
    [InlineData("url", "not a URL: do-not-print-me")]
    [InlineData("secret_ref", "do-not-print-me")]
    [InlineData("secret_ref", "vault:do-not-print-me")]
    [InlineData("bearer_token_ref", "do-not-print-me")]
    public void What_another_producer_wrote_in_clear_is_sealed_and_comes_back(string property, string value)
    {
        var message = Letters.Message();
        message = message with { Properties = new Dictionary<string, string>(message.Properties) { [property] = value } };

        ShouldHold(ShouldComeBack(Letters.Dead(message), property), nothingOf: Letters.Secret);
    }

    [Fact]
    public void A_reference_is_no_secret()
    {
        var message = Letters.Message();
        message = message with { Properties = new Dictionary<string, string>(message.Properties) { ["secret_ref"] = "config:papr", ["bearer_token_ref"] = "config:token" } };

        var line = ShouldComeBack(Letters.Dead(message), "");

        line.ShouldContain("\"secret_ref\":\"config:papr\"");
        line.ShouldNotContain("sealed_properties");
    }

    [Fact]
    public void A_letter_that_was_replayed_elsewhere_comes_back()
    {
        var message = Letters.Accepted();
        message = message with
        {
            Properties = new Dictionary<string, string>(message.Properties)
            {
                [EnvelopeProperties.ReplayTo] = "https://staging.example.com/hook",
                [EnvelopeProperties.ReplayToSealed] = "sealed",
                [EnvelopeProperties.ReplayRun] = "run_1",
                ["anything"] = "else",
            },
            OrderingKey = "stream-1",
        };

        ShouldComeBack(Letters.Dead(message), "");
    }

    [Fact]
    public void An_endpoint_s_letter_and_an_event_come_back()
    {
        ShouldComeBack(Letters.Dead(Letters.ToEndpoint()), "");
        var line = ShouldComeBack(Letters.Dead(Letters.Event()), "");

        line.ShouldContain("\"type\":\"thing.happened\"");
    }

    [Fact]
    public void Lines_with_line_ends_in_everything_are_one_line()
    {
        var letter = Letters.Dead(Letters.Message(data: "{\n\r\n}")) with { Description = "a\nb\r\u0085\u2028", Reason = new DeadLetterReason("x\ny") };
        letter = letter with { Message = letter.Message with { OrderingKey = "a\nb", Properties = new Dictionary<string, string>(letter.Message.Properties) { ["a\nb"] = "c\nd" } } };

        ShouldComeBack(letter, "");
    }

    [Fact]
    public void A_letter_without_attempts_comes_back() =>
        ShouldComeBack(Letters.Dead(Letters.Message()) with { Progress = DeliveryProgress.None, Description = "", DeliveryCount = 0 }, "");

    [Fact]
    public void Counts_below_zero_are_none()
    {
        var letter = _export.Read(_export.Write(Letters.Dead(Letters.Message()) with { DeliveryCount = -1, Progress = new DeliveryProgress { AttemptsMade = -1, Postponements = -2, Replays = -3 } }));

        (letter.DeliveryCount, letter.Progress.AttemptsMade, letter.Progress.Postponements, letter.Progress.Replays).ShouldBe((0, 0, 0, 0));
    }

    [Fact]
    public void Where_the_key_ring_is_another_one_the_error_says_so()
    {
        var line = _export.Write(Letters.Dead(Letters.Plain("""{"type":"t"}""")));

        var refused = Should.Throw<ExportFormatException>(() => new DeadLetterExport(new OtherRing(), Given.Catalog()).Read(line));

        refused.Message.ShouldBe("$.message: the key is not at hand; import where the key ring of the export is");
    }

    [Fact]
    public void What_was_sealed_by_the_intake_needs_no_key_to_come_back()
    {
        var letter = Letters.Dead(Letters.Accepted());

        ShouldBeTheSame(new DeadLetterExport(new OtherRing(), Given.Catalog()).Read(_export.Write(letter)), letter, "");
    }

    private static byte[] Nested(int levels) => Encoding.UTF8.GetBytes(new string('[', levels) + new string(']', levels));

    /// <summary>Not in clear, and not as a base64 that anybody reads.</summary>
    private static void ShouldHold(string line, string nothingOf)
    {
        line.ShouldNotContain(nothingOf);
        for (var shift = 0; shift < 3; shift++)
        {
            var text = Convert.ToBase64String(Encoding.UTF8.GetBytes(new string(' ', shift) + nothingOf));
            line.ShouldNotContain(text[4..^4]);
        }
    }

    private string ShouldComeBack(DeadLetter letter, string what)
    {
        var bytes = _export.Write(letter);
        var line = Encoding.UTF8.GetString(bytes);
        line.IndexOfAny(['\n', '\r']).ShouldBe(-1, what);
        ShouldBeTheSame(_export.Read(bytes), letter, what);
        return line;
    }

    private static void ShouldBeTheSame(DeadLetter actual, DeadLetter expected, string what)
    {
        actual.Message.Body.ToArray().ShouldBe(expected.Message.Body.ToArray(), what);
        actual.Message.Properties.ShouldBe(expected.Message.Properties, ignoreOrder: true, what);
        actual.Progress.Attempts.ShouldBe(expected.Progress.Attempts, what);
        (actual with
        {
            Message = actual.Message with { Body = expected.Message.Body, Properties = expected.Message.Properties, Fingerprint = expected.Message.Fingerprint },
            Progress = actual.Progress with { Attempts = expected.Progress.Attempts },
        }).ShouldBe(expected, what);
    }

    private sealed class OtherRing : ISecretSealer
    {
        public string Seal(string plaintext) => "x";

        public string Unseal(string sealedText) => throw new SecretUnavailableException("the key is not at hand");
    }
}
