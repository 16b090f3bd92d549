using Posthorn.Profiles;
using Posthorn.Sending;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Sending;

public class HeaderRulesTests
{
    [Theory]
    [InlineData("X-Env", "prod")]
    [InlineData("x", "")]
    [InlineData("Authorization", "Basic abc")]
    [InlineData("Cookie", "a=b; c=d")]
    [InlineData("X-!#$%&'*+.^_`|~", "!\"#~")]
    [InlineData("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public void A_header_of_the_producer_s_own_is_sent(string name, string value) => Problems((name, value)).ShouldBeEmpty();

    [Theory]
    [InlineData("a\r\nEvil: 1")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\0b")]
    [InlineData("a\u0001b")]
    [InlineData("a\tb")]
    [InlineData("a\u007fb")]
    [InlineData("é")]
    [InlineData("\u2028")]
    [InlineData(" a")]
    [InlineData("a ")]
    public void Fault_49_a_value_beyond_visible_ASCII_is_refused(string value) => Problems(("X-A", value)).ShouldHaveSingleItem().Name.ShouldBe("X-A");

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a:b")]
    [InlineData("a\r\nEvil")]
    [InlineData("é")]
    [InlineData("(a)")]
    public void Fault_49_a_name_that_is_no_token_is_refused(string name) => Problems((name, "x")).ShouldHaveSingleItem();

    [Theory]
    [InlineData("Connection")]
    [InlineData("Keep-Alive")]
    [InlineData("Proxy-Connection")]
    [InlineData("Proxy-Authenticate")]
    [InlineData("Proxy-Authorization")]
    [InlineData("TE")]
    [InlineData("Trailer")]
    [InlineData("Transfer-Encoding")]
    [InlineData("Upgrade")]
    [InlineData("Expect")]
    [InlineData("HOST")]
    [InlineData("user-agent")]
    [InlineData("Content-Length")]
    [InlineData("content-type")]
    [InlineData("Content-Anything")]
    [InlineData("webhook-signature")]
    [InlineData("Webhook-Id")]
    [InlineData("WEBHOOK-TIMESTAMP")]
    public void A_header_that_is_ours_to_say_is_refused(string name) => Problems((name, "x")).ShouldHaveSingleItem().Name.ShouldBe(name);

    [Fact]
    public void Beside_a_bearer_token_Authorization_is_taken() =>
        HeaderRules.Problems(Headers(("authorization", "x")), BuiltInProfiles.Standard, hasBearerToken: true).ShouldHaveSingleItem();

    [Theory]
    [InlineData("X-Webhook-Secret")]
    [InlineData("X-Webhook-Event")]
    [InlineData("x-webhook-signature")]
    public void The_headers_of_the_profile_are_taken(string name) =>
        HeaderRules.Problems(Headers((name, "x")), Given.Profile("papr-batch"), hasBearerToken: false).ShouldHaveSingleItem();

    [Fact]
    public void Fault_49_fifty_headers_are_accepted_and_fifty_one_are_not()
    {
        Problems([.. Enumerable.Range(0, 50).Select(n => ($"X-{n}", "x"))]).ShouldBeEmpty();
        Problems([.. Enumerable.Range(0, 51).Select(n => ($"X-{n}", "x"))]).ShouldHaveSingleItem().Problem.ShouldContain("51");
    }

    [Fact]
    public void Fault_49_sixteen_kibibytes_of_headers_are_accepted_and_no_more()
    {
        Problems(("X-A", new string('x', HeaderRules.MaxCharacters - 3))).ShouldBeEmpty();
        Problems(("X-A", new string('x', HeaderRules.MaxCharacters - 2))).ShouldHaveSingleItem();
    }

    [Fact]
    public void No_problem_prints_a_value() => Problems(("X-A", "do-not-print\r\n"), ("Host", "do-not-print")).ShouldAllBe(problem => !problem.Problem.Contains("do-not-print"));

    private static List<(string Name, string Problem)> Problems(params (string Name, string Value)[] headers) =>
        [.. HeaderRules.Problems(Headers(headers), BuiltInProfiles.Standard, hasBearerToken: false)];

    private static Dictionary<string, string> Headers(params (string Name, string Value)[] headers) =>
        headers.ToDictionary(header => header.Name, header => header.Value, StringComparer.Ordinal);
}
