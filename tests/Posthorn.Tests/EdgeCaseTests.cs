using System.Text;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Sending;
using Posthorn.Signing;
using Posthorn.Tests.Support;
using Posthorn.Worker.Sending;

namespace Posthorn.Tests;

/// <summary>The corners of what is accepted: spellings, separators, marks and digits.</summary>
public class EdgeCaseTests
{
    [Theory]
    [InlineData("https://①②⑦.⓪.⓪.①/")]
    [InlineData("https://１２７.0.0.1/")]
    [InlineData("https://ⓛocalhost/")]
    public void Fault_42_an_address_in_other_digits_is_refused_at_the_api(string url) =>
        Given.Production.Judge(url, out var parsed).ShouldNotBeNull($"IdnHost {parsed?.IdnHost}, Host {parsed?.Host}");

    [Theory]
    [InlineData("{6}")]
    [InlineData("{+6}")]
    [InlineData("{id,type}")]
    [InlineData("{ id }")]
    [InlineData("a}b")]
    public void Only_a_placeholder_s_own_name_is_one(string template) => Template.TryParse(template, out _, out _).ShouldBeFalse();

    [Fact]
    public void A_plain_message_with_a_byte_order_mark_is_an_envelope_as_it_is_at_the_api()
    {
        var message = new QueueMessage { MessageId = "m", Body = Encoding.UTF8.GetBytes("\uFEFF{\"type\":\"t\",\"data\":1,\"destination\":{\"url\":\"http://localhost/\"}}") };
        new EnvelopeReader(Given.Builder()).TryRead(message, Given.Now, out _, out var errors).ShouldBeTrue(string.Join(',', errors));
    }

    [Theory]
    [InlineData("2024-01-01T00:00:00.123456789Z")]
    [InlineData("2024-01-01t00:00:00z")]
    public void A_time_of_RFC_3339_is_a_time(string text) => Rfc3339.TryParse(text, out _).ShouldBeTrue();

    [Fact]
    public void A_signed_iso_time_is_verified()
    {
        var profile = Given.Profile("mine", ("profiles:mine:signature:key", "utf8"), ("profiles:mine:signature:content", "{iso}.{body}"), ("profiles:mine:headers:X-Time", "{iso}"));
        var credentials = new Credentials([new SigningSecret("s")], BearerToken: null, Destination.NoHeaders);
        var headers = WebhookRequest.Headers(Given.Envelope(profile), 1, credentials, Given.Now).ToDictionary(StringComparer.OrdinalIgnoreCase);

        SignatureVerifier.Verify(profile, new SigningSecret("s"), headers.GetValueOrDefault, new Uri("https://example.com/hook"), "{}"u8, Given.Now.AddSeconds(2)).ShouldBe(SignatureVerdict.Verified);
    }

    [Fact]
    public void A_prefix_that_does_not_end_with_the_separator_is_verified()
    {
        var profile = Given.Profile("mine", ("profiles:mine:signature:key", "utf8"), ("profiles:mine:signature:prefix", "t={unix};"), ("profiles:mine:signature:separator", ", "));
        var credentials = new Credentials([new SigningSecret("s")], BearerToken: null, Destination.NoHeaders);
        var headers = WebhookRequest.Headers(Given.Envelope(profile), 1, credentials, Given.Now).ToDictionary(StringComparer.OrdinalIgnoreCase);

        SignatureVerifier.Verify(profile, new SigningSecret("s"), headers.GetValueOrDefault, new Uri("https://example.com/hook"), "{}"u8, Given.Now).ShouldBe(SignatureVerdict.Verified);
    }

    [Fact]
    public void A_signature_whose_value_holds_the_separator_is_verified()
    {
        var profile = Given.Profile("mine", ("profiles:mine:signature:key", "utf8"), ("profiles:mine:signature:separator", ","));
        var credentials = new Credentials([new SigningSecret("s")], BearerToken: null, Destination.NoHeaders);
        var headers = WebhookRequest.Headers(Given.Envelope(profile), 1, credentials, Given.Now).ToDictionary(StringComparer.OrdinalIgnoreCase);

        SignatureVerifier.Verify(profile, new SigningSecret("s"), headers.GetValueOrDefault, new Uri("https://example.com/hook"), "{}"u8, Given.Now).ShouldBe(SignatureVerdict.Verified);
    }

    [Theory]
    [InlineData("headers:X-A", "a\r\nEvil: 1")]
    [InlineData("headers:X-A", "é")]
    [InlineData("headers:Content-Type", "text/plain")]
    [InlineData("headers:Host", "other")]
    [InlineData("headers:Transfer-Encoding", "chunked")]
    [InlineData("userAgent", "a\r\nb")]
    [InlineData("signature:value", "é{hex}")]
    [InlineData("signature:header", "Content-Length")]
    public void A_profile_that_could_never_be_sent_stops_the_start(string key, string value) => Given.CatalogErrors(($"profiles:mine:{key}", value)).ShouldNotBeEmpty();

    [Fact]
    public void A_retry_delay_over_an_hour_is_followed_or_refused() =>
        Given.Profile("papr-batch", ("WEBHOOK_RETRY_DELAY", "7200")).Retry.Delays[0].ShouldBe(TimeSpan.FromHours(2));

    [Fact]
    public void An_array_after_a_byte_order_mark_is_an_array()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "[{},{}]", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        var envelopes = EnvelopeFile.Read(file).ToList();
        File.Delete(file);

        envelopes.Count.ShouldBe(2);
    }

    [Fact]
    public void Half_a_surrogate_pair_in_a_name_is_noted_at_its_own_object() =>
        Given.Read("""{"type":"t","\ud800":1,"data":1,"destination":{"url":"http://localhost/"}}""").Errors.ShouldHaveSingleItem().Path.ShouldNotBe("$.type");
}
