using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Envelopes;

public class EnvelopeFieldTests
{
    private const string Secret = "do-not-print-me";

    [Fact]
    public void The_least_envelope_has_a_type_a_url_and_data()
    {
        var message = Given.Read("""{"type":"t","destination":{"url":"http://localhost/"},"data":1}""").Message.ShouldNotBeNull();

        message.Properties[EnvelopeProperties.Profile].ShouldBe("standard");
        message.Properties[EnvelopeProperties.Time].ShouldBe("2024-03-21T15:30:45Z");
        message.ContentType.ShouldBe("application/json");
        Guid.TryParse(message.MessageId, out var id).ShouldBeTrue();
        id.Version.ShouldBe(7);
    }

    [Fact]
    public void Fault_43_everything_wrong_is_named_in_one_answer()
    {
        const string Json = """
            {"id":"a.b","type":"with space","profile":"nobody","tenant":"","subject":7,"time":"yesterday","deliver_after":"2024-01-01",
             "expires_at":"2024-01-01T00:00:00","ordering_key":"","colour":"red","destination":{"url":"ftp://x/","secret":"","port":1}}
            """;

        Given.Read(Json).Errors.Select(error => error.Path).ShouldBe(
            [
                "$.id", "$.type", "$.profile", "$.tenant", "$.subject", "$.time", "$.deliver_after", "$.expires_at", "$.ordering_key",
                "$.colour", "$.destination.url", "$.destination.secret", "$.destination.port", "$.data",
            ],
            ignoreOrder: true);
    }

    [Theory]
    [InlineData("type")]
    [InlineData("destination")]
    [InlineData("data")]
    public void Fault_43_a_required_field_that_is_null_is_missing(string field)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["type"] = "\"t\"", ["destination"] = """{"url":"http://localhost/"}""", ["data"] = "1" };
        fields[field] = "null";

        var error = Given.Read("{" + string.Join(',', fields.Select(pair => $"\"{pair.Key}\":{pair.Value}")) + "}").Errors.ShouldHaveSingleItem();

        error.Path.ShouldBe(field == "destination" ? "$.destination.url" : $"$.{field}");
        error.Detail.ShouldStartWith("is required");
    }

    [Theory]
    [InlineData("id", "7", "is a number; it is a string")]
    [InlineData("type", "{}", "is an object; it is a string")]
    [InlineData("tenant", "true", "is true or false; it is a string")]
    [InlineData("destination", "\"http://localhost/\"", "is a string; it is an object")]
    public void Fault_43_a_mistyped_field_says_what_it_is_and_what_it_should_be(string field, string value, string detail) =>
        Given.Read($$"""{"{{field}}":{{value}}}""").Errors.ShouldContain(new EnvelopeError($"$.{field}", detail));

    [Fact]
    public void An_unknown_field_is_answered_with_the_known_ones() =>
        Given.Read(Valid("""
            ,"Type":"t"
            """)).Errors.ShouldHaveSingleItem().ToString().ShouldStartWith("$.Type: is not a field of an envelope; accepted: id, type, profile,");

    [Theory]
    [InlineData("evt_01", true)]
    [InlineData("a:b-c_D9", true)]
    [InlineData("", false)]
    [InlineData("a.b", false)]
    [InlineData("a b", false)]
    [InlineData("é", false)]
    public void An_id_has_letters_that_separate_nothing_in_what_is_signed(string id, bool accepted) =>
        (Given.Read(Valid($",\"id\":\"{id}\"")).Errors.Count == 0).ShouldBe(accepted);

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void An_id_has_up_to_a_hundred_characters(int length, bool accepted) =>
        (Given.Read(Valid($",\"id\":\"{new string('x', length)}\"")).Errors.Count == 0).ShouldBe(accepted);

    [Fact]
    public void Fault_44_an_unknown_profile_is_answered_with_the_known_ones()
    {
        var error = Given.Read(Valid(",\"profile\":\"Standard\"")).Errors.ShouldHaveSingleItem();

        error.Reason.ShouldBe(DeadLetterReason.UnknownProfile);
        error.ToString().ShouldBe("$.profile: 'Standard' is not accepted; accepted: file-conversion, morag-stage, morag-step, morag-task, papr-batch, proposal, standard");
    }

    [Fact]
    public void Fault_50_an_envelope_over_one_mebibyte_is_refused_as_too_large()
    {
        var error = Given.Intake().Read(new byte[EnvelopeV1.MaxBytes + 1]).Errors.ShouldHaveSingleItem();

        error.Reason.ShouldBe(DeadLetterReason.PayloadTooLarge);
    }

    [Theory]
    [InlineData("secret", "\"do-not-print-me\"", "standard")]
    [InlineData("secret", "[\"do-not-print-me\"]", "papr-batch")]
    [InlineData("secret", "\"do-not-print-me\\u0007\"", "papr-batch")]
    [InlineData("bearer_token", "\"do-not-print-me and more\"", "standard")]
    [InlineData("bearer_token", "{\"do-not-print-me\":1}", "standard")]
    [InlineData("headers", "{\"X-Key\":\"do-not-print-me\\r\\n\"}", "standard")]
    [InlineData("headers", "{\"X-Key\":[\"do-not-print-me\"]}", "standard")]
    [InlineData("url", "\"http://do-not-print-me@localhost/\"", "standard")]
    [InlineData("url", "\"ftp://x/?key=do-not-print-me\"", "standard")]
    public void No_error_prints_a_secret(string field, string value, string profile)
    {
        var url = field == "url" ? "" : "\"url\":\"http://localhost/\",";

        var errors = Given.Read($$$"""{"type":"t","profile":"{{{profile}}}","data":1,"destination":{{{{url}}}"{{{field}}}":{{{value}}}}}""").Errors;

        errors.ShouldNotBeEmpty();
        string.Join('\n', errors).ShouldNotContain(Secret);
    }

    [Theory]
    [InlineData("\"secret\":\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\",\"secret_ref\":\"config:a\"", "$.destination.secret_ref")]
    [InlineData("\"bearer_token\":\"b\",\"bearer_token_ref\":\"config:a\"", "$.destination.bearer_token_ref")]
    [InlineData("\"secret_ref\":\"vault:a\"", "$.destination.secret_ref")]
    [InlineData("\"secret\":\"whsec_short\"", "$.destination.secret")]
    public void A_secret_stands_in_one_place_and_in_its_form(string fields, string path) =>
        Given.Read($$$"""{"type":"t","data":1,"destination":{"url":"http://localhost/",{{{fields}}}}}""").Errors.ShouldHaveSingleItem().Path.ShouldBe(path);

    [Theory]
    [InlineData("a\\r\\nEvil: 1")]
    [InlineData("a\\u0000b")]
    [InlineData("a\\u0001b")]
    [InlineData("caf\\u00e9")]
    public void Fault_49_a_header_that_would_end_its_line_is_refused(string value)
    {
        var error = Given.Read($$$$"""{"type":"t","data":1,"destination":{"url":"http://localhost/","headers":{"X-A":"{{{{value}}}}"}}}""").Errors.ShouldHaveSingleItem();

        error.Path.ShouldBe("$.destination.headers.X-A");
        error.Reason.ShouldBe(DeadLetterReason.InvalidHeader);
    }

    private static string Valid(string more) => $$"""{"type":"t","destination":{"url":"http://localhost/"},"data":1{{more}}}""";
}
