using System.Text.Json;
using Posthorn.Endpoints;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Endpoints;

public class EndpointSecretsTests
{
    private static readonly FakeSealer Sealer = new();

    private static readonly EndpointSecrets All = Given.Secrets() with
    {
        PreviousSecret = new SigningSecret("whsec_do-not-print-the-old-one"),
        PreviousUntil = Given.Now.AddHours(1),
        Headers = new Dictionary<string, string> { ["X-Api-Key"] = "do-not-print-the-header" },
    };

    [Fact]
    public void What_is_sealed_is_opened_as_it_was()
    {
        var opened = EndpointSecrets.Open(All.Seal(Sealer), Sealer);

        (opened.Url, opened.Secret, opened.PreviousSecret, opened.PreviousUntil).ShouldBe((All.Url, All.Secret, All.PreviousSecret, All.PreviousUntil));
        opened.Url.OriginalString.ShouldBe(All.Url.OriginalString);
        opened.Headers.ShouldBe(All.Headers);
    }

    [Fact]
    public void Without_secrets_there_are_none()
    {
        var bare = new EndpointSecrets { Url = new Uri("https://example.com/") };

        var opened = EndpointSecrets.Open(bare.Seal(Sealer), Sealer);

        (opened.Secret, opened.PreviousSecret, opened.PreviousUntil, opened.Headers.Count).ShouldBe((null, null, null, 0));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not sealed by us")]
    public void Fault_55_a_seal_that_is_none_of_ours_is_a_missing_secret(string text) => Should.Throw<SecretUnavailableException>(() => EndpointSecrets.Open(text, Sealer));

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"Url":"not a URL"}""")]
    [InlineData("""{"Url":7}""")]
    [InlineData("{")]
    public void Fault_55_a_sealed_part_of_another_form_is_a_missing_secret(string json) =>
        Should.Throw<SecretUnavailableException>(() => EndpointSecrets.Open(Sealer.Seal(json), Sealer)).Message.ShouldNotContain("not a URL");

    [Fact]
    public void Fault_69_no_text_of_it_shows_a_secret()
    {
        var draft = new EndpointDraft(Given.Endpoint(), All, Given.Profile("standard"));

        foreach (var text in new[] { All.ToString(), $"{draft}", $"{All.DestinationOf(Given.Endpoint(), Given.Now).Secret}", new EndpointOutcome.Done(Given.Endpoint()) { Secret = All.Secret }.ToString() })
        {
            text.ShouldNotContain("do-not-print");
            text.ShouldNotContain("in-the-query");
            text.ShouldNotContain("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        }
    }

    [Fact]
    public void Fault_69_as_JSON_its_secrets_are_not_shown()
    {
        var json = JsonSerializer.Serialize(All with { Headers = new Dictionary<string, string>() });

        json.ShouldNotContain("do-not-print");
        json.ShouldNotContain("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    [Fact]
    public void Fault_69_at_rest_nothing_of_it_is_in_clear()
    {
        var stored = JsonSerializer.Serialize(Given.Endpoint(secrets: All));

        stored.ShouldNotContain("do-not-print");
        stored.ShouldNotContain("in-the-query");
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void Fault_56_the_old_secret_signs_until_its_time(int seconds, bool signs) =>
        (All.DestinationOf(Given.Endpoint(), Given.Now.AddHours(1).AddSeconds(seconds)).PreviousSecret is not null).ShouldBe(signs);

    [Fact]
    public void Fault_55_an_endpoint_that_cannot_be_opened_is_a_destination_without_its_secrets()
    {
        var endpoint = new RegisteredEndpoint(Given.Endpoint() with { Sealed = "x" }, Sealer);

        var destination = endpoint.Destination(Given.Now);

        (destination.SecretsMissing is null, destination.Secret, destination.Endpoint).ShouldBe((false, null, "wh_1"));
        Should.Throw<SecretUnavailableException>(() => endpoint.Secrets);
    }
}
