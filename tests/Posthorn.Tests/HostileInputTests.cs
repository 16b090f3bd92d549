using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Settings;
using Posthorn.Tests.Support;
using Posthorn.Worker.Api;

namespace Posthorn.Tests;

/// <summary>What a hostile or a careless producer may send: refused, never thrown at, and no secret told.</summary>
public class HostileInputTests
{
    private static QueueMessage Described(params (string Key, string Value)[] more) => new()
    {
        MessageId = "msg-1",
        Body = "{}"u8.ToArray(),
        Properties = new Dictionary<string, string>(more.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal), StringComparer.Ordinal) { ["type"] = "t", ["url"] = "http://localhost/" },
    };

    [Fact]
    public void Fault_47_half_a_surrogate_pair_in_data_base64_is_refused_without_an_exception() =>
        Should.NotThrow(() => Given.Read("""{"type":"t","content_type":"text/plain","data_base64":"\ud800","destination":{"url":"http://localhost/"}}""").Errors.ShouldNotBeEmpty());

    [Fact]
    public void A_header_property_with_a_null_value_is_refused_without_an_exception() =>
        Should.NotThrow(() => new EnvelopeReader(Given.Builder()).TryRead(Described(("headers", """{"X-A":null}""")), Given.Now, out _, out _).ShouldBeFalse());

    [Fact]
    public void The_errors_of_one_envelope_stay_small()
    {
        var names = Enumerable.Range(0, 60).Select(_ => $"{{\"{new string('n', 60)}\":");
        var json = string.Concat(names) + "[" + string.Join(',', Enumerable.Repeat("1e999", 10_000)) + "]" + new string('}', 60);

        Given.Read(json).Errors.Sum(error => (long)error.ToString().Length).ShouldBeLessThan(10 * json.Length);
    }

    [Theory]
    [InlineData("Expires")]
    [InlineData("Last-Modified")]
    [InlineData("Allow")]
    [InlineData("Content-Language")]
    public void A_header_that_describes_the_message_is_not_an_envelope_s_to_set(string name) =>
        Given.Read($$$"""{"type":"t","data":1,"destination":{"url":"http://localhost/","headers":{"{{{name}}}":"x"} } }""")
            .Errors.ShouldHaveSingleItem().Path.ShouldBe($"$.destination.headers.{name}");

    [Theory]
    [InlineData("secret_ref")]
    [InlineData("bearer_token_ref")]
    public void A_secret_put_where_its_reference_belongs_is_not_printed(string field) =>
        string.Join('\n', Given.Read($$$"""{"type":"t","data":1,"destination":{"url":"http://localhost/","{{{field}}}":"whsec_do-not-print-me"} }""").Errors).ShouldNotContain("do-not-print-me");

    [Fact]
    public void Fault_53_a_history_of_nothing_is_empty() => DeliveryProgress.AttemptsFromJson("[null]").ShouldBeEmpty();

    [Fact]
    public void Fault_53_a_huge_count_of_attempts_does_not_begin_afresh() => new DeliveryProgress { AttemptsMade = int.MaxValue }.NextAttempt.ShouldBePositive();

    [Fact]
    public void The_password_of_a_wrong_api_url_is_not_printed()
    {
        var errors = new List<SettingError>();
        ApiOptions.From(Given.Section(errors, ("url", "http://me:do-not-print-me@127.0.0.1:8080")));
        string.Join('\n', errors).ShouldNotContain("do-not-print-me");
    }
}
