using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Posthorn.DeadLetters;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters;

public class EnvelopeEditTests
{
    private const string Key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string OtherKey = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    public static TheoryData<string> Profiles => [.. BuiltInProfiles.All.Select(profile => profile.Name)];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void No_secret_is_in_the_text(string profile)
    {
        var text = Open(Letters.Accepted(profile, secret: Key)).Text();

        text.ShouldNotContain(Letters.Secret);
        text.ShouldNotContain(Key);
        var destination = JsonNode.Parse(text)?["destination"];
        (destination?["url"]?.ToString(), destination?["secret"]?.ToString(), destination?["bearer_token"]?.ToString(), destination?["headers"]?["X-Own"]?.ToString())
            .ShouldBe(("https://example.com/hook", "***", "***", "***"));
        JsonNode.Parse(text)?["data"]?.ToJsonString().ShouldBe("""{"a":1}""");
    }

    [Theory]
    [MemberData(nameof(Profiles))]
    public void What_is_left_as_it_was_is_the_same_message_to_the_byte(string profile)
    {
        var message = Letters.Accepted(profile, """{ "a" : 1.0, "b":"\u00e9", "c":[ ] }""", Key);

        var edited = Edited(message, _ => { });

        edited.Body.ToArray().ShouldBe(message.Body.ToArray());
        (edited.MessageId, edited.ContentType, edited.OrderingKey).ShouldBe((message.MessageId, message.ContentType, message.OrderingKey));
        Without(edited, "sealed").ShouldBe(Without(message, "sealed"), ignoreOrder: true);
        Secrets(edited).ShouldBe(Secrets(message));
    }

    [Fact]
    public void Data_that_says_the_same_keeps_its_bytes_when_another_field_is_edited()
    {
        var edited = Edited(Letters.Accepted(data: """{ "a" :  1 }"""), envelope => envelope["subject"] = "other");

        Text(edited).ShouldBe("""{ "a" :  1 }""");
        edited.Properties["subject"].ShouldBe("other");
    }

    [Fact]
    public void Data_that_is_edited_is_compact_and_readable_as_it_was()
    {
        Text(Edited(Letters.Accepted(data: """{ "a" : 1, "b": "x" }"""), envelope => Data(envelope)["b"] = "é<😀"))
            .ShouldBe("""{"a":1,"b":"é<😀"}""".Replace("😀", "\\uD83D\\uDE00", StringComparison.Ordinal));
    }

    [Fact]
    public void Numbers_keep_their_digits_when_something_beside_them_is_edited()
    {
        Text(Edited(Letters.Accepted(data: """{"n":12345678901234567890.10,"e":1E+5,"b":0}"""), envelope => Data(envelope)["b"] = 1)).ShouldBe("""{"n":12345678901234567890.10,"e":1E+5,"b":1}""");
    }

    [Theory]
    [InlineData("morag-task", """{"event_type":"thing.happened","timestamp":"2024-03-21T15:30:45Z","data":{"a":2}}""")]
    [InlineData("file-conversion", """{"event":"thing.happened","timestamp":"2024-03-21T15:30:45Z","data":{"a":2}}""")]
    [InlineData("proposal", """{"id":"evt_1","type":"thing.happened","timestamp":"2024-03-21T15:30:45Z","data":{"a":2}}""")]
    [InlineData("standard", """{"a":2}""")]
    public void The_body_is_composed_anew_as_its_profile_has_it(string profile, string body)
    {
        Text(Edited(Letters.Accepted(profile, secret: Key), envelope => Data(envelope)["a"] = 2)).ShouldBe(body);
    }

    [Fact]
    public void A_type_that_is_edited_is_edited_in_the_body_too()
    {
        var edited = Edited(Letters.Accepted("morag-task"), envelope => envelope["type"] = "task_failed");

        Text(edited).ShouldBe("""{"event_type":"task_failed","timestamp":"2024-03-21T15:30:45Z","data":{"a": 1}}""");
        edited.Properties["type"].ShouldBe("task_failed");
    }

    [Fact]
    public void A_profile_that_is_edited_lays_the_body_out_its_own_way()
    {
        Text(Edited(Letters.Accepted("morag-task"), envelope => envelope["profile"] = "papr-batch")).ShouldBe("""{"a": 1}""");
    }

    [Fact]
    public void A_secret_that_is_edited_is_replaced_and_the_others_stay()
    {
        var edited = Secrets(Edited(Letters.Accepted(secret: Key), envelope => Destination(envelope)["secret"] = OtherKey));

        edited.ShouldBe(Secrets(Letters.Accepted(secret: Key)) with { Secret = OtherKey });
    }

    [Fact]
    public void A_bearer_token_that_is_edited_is_replaced()
    {
        Secrets(Edited(Letters.Accepted(), envelope => Destination(envelope)["bearer_token"] = "other")).ShouldBe(Secrets(Letters.Accepted()) with { Bearer = "other" });
    }

    [Fact]
    public void Secrets_that_are_taken_out_are_gone()
    {
        var edited = Secrets(Edited(Letters.Accepted(), envelope =>
        {
            Destination(envelope).Remove("secret");
            Destination(envelope).Remove("bearer_token");
            Destination(envelope).Remove("headers");
        }));

        (edited.Secret, edited.Bearer, edited.Headers).ShouldBe((null, null, ""));
        edited.Url.ShouldEndWith(Letters.Secret);
    }

    [Fact]
    public void A_secret_may_be_kept_elsewhere_from_now_on()
    {
        var edited = Edited(Letters.Accepted(), envelope =>
        {
            Destination(envelope).Remove("secret");
            Destination(envelope)["secret_ref"] = "config:other";
        });

        (edited.Properties["secret_ref"], Secrets(edited, ("secrets:other", "s")).Secret).ShouldBe(("config:other", "s"));
    }

    [Fact]
    public void Headers_are_edited_added_and_taken_out_one_by_one()
    {
        var edited = Edited(Letters.Accepted(), envelope =>
        {
            var headers = Destination(envelope)["headers"].ShouldNotBeNull().AsObject();
            headers.Remove("X-Two");
            headers["X-Three"] = "3";
        });

        Secrets(edited).Headers.ShouldBe("X-Own=do-not-print-me;X-Three=3");
        edited.Properties.Values.ShouldNotContain(value => value.Contains(Letters.Secret) || value == "3");
    }

    [Fact]
    public void A_header_that_is_left_is_the_same_in_another_case()
    {
        Secrets(Edited(Letters.Accepted(), envelope => Destination(envelope)["headers"] = new JsonObject { ["x-own"] = "***" })).Headers.ShouldBe("x-own=do-not-print-me");
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("bearer_token")]
    [InlineData("headers")]
    public void Stars_where_nothing_was_are_no_secret(string field)
    {
        var errors = Errors(Letters.Message(), envelope => Destination(envelope)[field] = field == "headers" ? new JsonObject { ["X-New"] = "***" } : "***");

        errors.ShouldHaveSingleItem().ShouldStartWith(field == "headers" ? "$.destination.headers.X-New" : $"$.destination.{field}");
    }

    [Fact]
    public void A_URL_that_is_left_keeps_its_sealed_query()
    {
        var edited = Edited(Letters.Accepted(), envelope => envelope["subject"] = "other");

        (edited.Properties["url"], Secrets(edited).Url).ShouldBe(("https://example.com/hook", "https://example.com/hook?key=do-not-print-me"));
    }

    [Fact]
    public void A_URL_that_is_edited_is_the_new_one_with_its_own_query_sealed()
    {
        var edited = Edited(Letters.Accepted(), envelope => Destination(envelope)["url"] = "https://example.com/other?k=2");

        (edited.Properties["url"], Secrets(edited).Url).ShouldBe(("https://example.com/other", "https://example.com/other?k=2"));
        Secrets(Edited(Letters.Accepted(), envelope => Destination(envelope)["url"] = "https://example.com/other")).Url.ShouldBe("https://example.com/other");
    }

    [Theory]
    [InlineData("evt_2")]
    [InlineData(null)]
    public void The_id_cannot_be_changed(string? id)
    {
        var errors = Errors(Letters.Accepted(), envelope =>
        {
            if (id is null) envelope.Remove("id");
            else envelope["id"] = id;
        });

        errors.ShouldHaveSingleItem().ShouldContain("a replay keeps its own, 'evt_1'");
    }

    [Fact]
    public void Everything_that_is_wrong_is_named_at_once()
    {
        var errors = Errors(Letters.Accepted(), envelope =>
        {
            envelope["id"] = "evt_2";
            envelope["type"] = "";
            envelope["profile"] = "nobody";
            envelope["expires_at"] = "yesterday";
            envelope["colour"] = "red";
            Destination(envelope)["url"] = "ftp://example.com";
            Destination(envelope)["headers"] = new JsonObject { ["Host"] = "x" };
        });

        errors.Select(error => error.Split(':', ' ')[0]).Distinct().ShouldBe(
            ["$.id", "$.type", "$.profile", "$.expires_at", "$.colour", "$.destination.url", "$.destination.headers.Host"], ignoreOrder: true);
        errors.ShouldNotContain(error => error.Contains(Letters.Secret));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    public void What_is_no_envelope_is_refused(string text)
    {
        var errors = new List<EnvelopeError>();

        Open(Letters.Accepted()).Read(Encoding.UTF8.GetBytes(text), errors).ShouldBeNull();

        errors.ShouldNotBeEmpty();
    }

    [Fact]
    public void Bytes_are_shown_as_base64_and_come_back()
    {
        var message = Letters.Message() with { Body = new byte[] { 0, 255, 10 }, ContentType = "application/octet-stream" };
        var text = JsonNode.Parse(Open(message).Text()).ShouldNotBeNull();
        (text["data_base64"]?.ToString(), text["content_type"]?.ToString(), text["data"]).ShouldBe(("AP8K", "application/octet-stream", null));

        Edited(message, envelope => envelope["subject"] = "other").Body.ToArray().ShouldBe([0, 255, 10]);
        Edited(message, envelope => envelope["data_base64"] = "AAE=").Body.ToArray().ShouldBe([0, 1]);
    }

    [Fact]
    public void JSON_of_another_media_type_is_bytes()
    {
        var message = Letters.Message(data: "{ }") with { ContentType = "application/vnd.api+json" };

        var edited = Edited(message, envelope => envelope["subject"] = "other");

        (Text(edited), edited.ContentType).ShouldBe(("{ }", "application/vnd.api+json"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("null")]
    public void Whatever_the_body_is_it_can_be_opened(string body)
    {
        Should.NotThrow(() => Open(Letters.Message(data: body)).Text());
        Should.NotThrow(() => Open(Letters.Message(data: body, profile: "morag-task")).Text());
    }

    [Theory]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(500)]
    public void A_body_of_any_depth_can_be_opened(int levels)
    {
        var body = new string('[', levels) + new string(']', levels);

        Should.NotThrow(() => Open(Letters.Message(data: body)).Text());
        if (levels < 64) Text(Edited(Letters.Message(data: body), envelope => envelope["subject"] = "other")).ShouldBe(body);
    }

    [Fact]
    public void A_plain_envelope_is_edited_as_what_it_says_and_put_back_sealed()
    {
        var message = Letters.Plain($$"""{"id":"evt_1","type":"t","data":{"a": 1},"destination":{"url":"https://example.com/?k={{Letters.Secret}}","secret":"{{Key}}","headers":{"X-Own":"{{Letters.Secret}}"} } }""");
        Open(message).Text().ShouldNotContain(Letters.Secret);

        var edited = Edited(message, envelope => envelope["type"] = "t2");

        (edited.MessageId, Text(edited), edited.Properties["type"]).ShouldBe(("msg-1", """{"a": 1}""", "t2"));
        edited.Properties.Values.ShouldNotContain(value => value.Contains(Letters.Secret) || value.Contains(Key));
        Secrets(edited).ShouldBe(new Held("https://example.com/?k=do-not-print-me", Key, null, "X-Own=do-not-print-me"));
    }

    [Fact]
    public void A_plain_envelope_without_an_id_has_its_message_s()
    {
        Edited(Letters.Plain("""{"type":"t","data":1,"destination":{"url":"https://example.com/"}}"""), _ => { }).Properties["id"].ShouldBe("msg-1");
    }

    [Fact]
    public void An_endpoint_s_letter_stays_its_endpoint_s()
    {
        var message = Letters.ToEndpoint();

        var edited = Edited(message, envelope => Data(envelope)["a"] = 2);

        (edited.MessageId, edited.Properties["endpoint"], Text(edited)).ShouldBe(("evt_1.wh_1", "wh_1", """{"a":2}"""));
    }

    [Fact]
    public void A_throttled_stream_and_a_test_stay_what_they_were()
    {
        var message = Letters.ToEndpoint();
        message = message with { Properties = new Dictionary<string, string>(message.Properties) { ["stream"] = "wh_1|t|e", ["stream_sequence"] = "7", ["test"] = "1" }, OrderingKey = "k" };

        var edited = Edited(message, envelope => Data(envelope)["a"] = 2);

        (edited.Properties["stream"], edited.Properties["stream_sequence"], edited.Properties["test"], edited.OrderingKey).ShouldBe(("wh_1|t|e", "7", "1", "k"));
    }

    [Fact]
    public void A_deadline_can_be_edited()
    {
        Edited(Letters.Accepted(), envelope => envelope["expires_at"] = "2030-01-01T00:00:00Z").Properties["expires_at"].ShouldStartWith("2030-01-01T00:00:00");
    }

    [Fact]
    public void What_cannot_be_edited_says_why()
    {
        Problem(Letters.Event()).ShouldStartWith("it is an event");
        Problem(Letters.Plain("no envelope")).ShouldBe("its message is no envelope with a URL");
        Problem(Letters.Plain("""{"type":"t","destination":{"url":"nowhere"}}""")).ShouldBe("its message is no envelope with a URL");
        var message = Letters.Accepted();
        Problem(message with { Properties = new Dictionary<string, string>(message.Properties) { ["sealed"] = "***" } }).ShouldContain("seal");
    }

    private static string Problem(QueueMessage message)
    {
        EnvelopeEdit.Open(Letters.Dead(message), Given.Catalog(), Given.Builder(), new FakeSealer(), out var problem).ShouldBeNull();
        return problem.ShouldNotBeNull();
    }

    private static EnvelopeEdit Open(QueueMessage message)
    {
        var edit = EnvelopeEdit.Open(Letters.Dead(message), Given.Catalog(), Given.Builder(), new FakeSealer(), out var problem);
        problem.ShouldBeNull();
        return edit.ShouldNotBeNull();
    }

    private static QueueMessage Edited(QueueMessage message, Action<JsonObject> edit)
    {
        var (edited, errors) = Read(message, edit);
        errors.ShouldBeEmpty();
        return edited.ShouldNotBeNull();
    }

    private static List<string> Errors(QueueMessage message, Action<JsonObject> edit)
    {
        var (edited, errors) = Read(message, edit);
        edited.ShouldBeNull();
        return errors;
    }

    private static (QueueMessage? Message, List<string> Errors) Read(QueueMessage message, Action<JsonObject> edit)
    {
        var opened = Open(message);
        var text = JsonNode.Parse(opened.Text(), documentOptions: new JsonDocumentOptions { MaxDepth = 1000 }).ShouldNotBeNull().AsObject();
        edit(text);
        var errors = new List<EnvelopeError>();
        var edited = opened.Read(Encoding.UTF8.GetBytes(text.ToJsonString(new JsonSerializerOptions { WriteIndented = true, MaxDepth = 1000 })), errors);
        return (edited, [.. errors.Select(error => error.ToString())]);
    }

    private static JsonObject Data(JsonObject envelope) => envelope["data"].ShouldNotBeNull().AsObject();

    private static JsonObject Destination(JsonObject envelope) => envelope["destination"].ShouldNotBeNull().AsObject();

    private static string Text(QueueMessage message) => Encoding.UTF8.GetString(message.Body.Span);

    private static Dictionary<string, string> Without(QueueMessage message, string property) => message.Properties.Where(each => each.Key != property).ToDictionary();

    /// <summary>What a worker would open.</summary>
    private static Held Secrets(QueueMessage message, params (string, string?)[] settings)
    {
        new EnvelopeReader(Given.Builder()).TryRead(message, Given.Now, out var envelope, out var errors).ShouldBeTrue(string.Join('\n', errors));
        var credentials = Given.CredentialsOf(envelope.ShouldNotBeNull(), settings);
        return new Held(
            Given.Opened(envelope).Destination.Url.OriginalString,
            credentials.Secrets.Count == 0 ? null : credentials.Secrets[0].Reveal(),
            credentials.BearerToken?.Reveal(),
            string.Join(';', credentials.Headers.Select(header => $"{header.Key}={header.Value}")));
    }

    private sealed record Held(string Url, string? Secret, string? Bearer, string Headers);
}
