using System.Text;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Sending;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Signing;

/// <summary>The families of webhooks that are expressed by configuration alone.</summary>
public class ForeignContractTests
{
    private const string Body = """{"amount":1,"name":"é"}""";
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Older = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    public static TheoryData<string> Names => [.. ForeignContract.All.Select(contract => contract.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_signature_is_the_one_the_family_computes(string name)
    {
        var contract = Contract(name);

        Headers(contract, Secret)[contract.Header].ShouldBe(contract.Sign([Secret], Body));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void While_a_secret_rotates_the_new_one_signs_and_the_old_where_the_header_has_room(string name)
    {
        var contract = Contract(name);

        Headers(contract, Secret, Older)[contract.Header].ShouldBe(contract.Sign([Secret, Older], Body));
    }

    [Fact]
    public void Stripe_lists_both_signatures_after_one_time()
    {
        var signature = Headers(Contract("stripe"), Secret, Older)["Stripe-Signature"];

        signature.Split(',').Select(part => part[..part.IndexOf('=')]).ShouldBe(["t", "v1", "v1"]);
    }

    [Theory]
    [InlineData("svix", "svix-id", "evt_1")]
    [InlineData("svix", "svix-timestamp", "1711035045")]
    [InlineData("github", "X-GitHub-Event", "thing.happened")]
    [InlineData("github", "X-GitHub-Delivery", "evt_1")]
    [InlineData("slack", "X-Slack-Request-Timestamp", "1711035045")]
    public void The_family_s_other_headers_are_there(string name, string header, string value) => Headers(Contract(name), Secret)[header].ShouldBe(value);

    [Theory]
    [InlineData("svix")]
    [InlineData("stripe")]
    [InlineData("github")]
    public void A_header_set_to_nothing_is_not_inherited(string name) => Headers(Contract(name), Secret).Keys.ShouldNotContain("webhook-id");

    [Theory]
    [MemberData(nameof(Names))]
    public void A_receiver_verifies_what_we_signed(string name) => Verify(name, Given.Now).ShouldBe(SignatureVerdict.Verified);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_receiver_verifies_with_either_secret_while_they_rotate(string name)
    {
        var contract = Contract(name);
        var headers = Headers(contract, Older, Secret);

        Verify(contract, headers, Older, Body, Given.Now).ShouldBe(SignatureVerdict.Verified);
        Verify(contract, headers, Secret, Body, Given.Now)
            .ShouldBe(ProfileOf(contract).Signature?.Separator is null ? SignatureVerdict.Invalid : SignatureVerdict.Verified);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_flipped_byte_of_the_body_is_invalid(string name)
    {
        var contract = Contract(name);

        for (var at = 0; at < Body.Length; at++)
        {
            var flipped = Body[..at] + (char)(Body[at] ^ 1) + Body[(at + 1)..];
            Verify(contract, Headers(contract, Secret), Secret, flipped, Given.Now).ShouldBe(SignatureVerdict.Invalid);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_secret_is_invalid(string name) =>
        Verify(Contract(name), Headers(Contract(name), Secret), Older, Body, Given.Now).ShouldBe(SignatureVerdict.Invalid);

    [Theory]
    [MemberData(nameof(Names))]
    public void No_signature_is_unsigned(string name)
    {
        var contract = Contract(name);
        var headers = Headers(contract, Secret);
        headers.Remove(contract.Header);

        Verify(contract, headers, Secret, Body, Given.Now).ShouldBe(SignatureVerdict.Unsigned);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_signed_time_is_stale_beyond_300_seconds_either_way(string name)
    {
        var beyond = Contract(name).SignsTime ? SignatureVerdict.Stale : SignatureVerdict.Verified;

        Verify(name, Given.Now.AddSeconds(300)).ShouldBe(SignatureVerdict.Verified);
        Verify(name, Given.Now.AddSeconds(-300)).ShouldBe(SignatureVerdict.Verified);
        Verify(name, Given.Now.AddSeconds(301)).ShouldBe(beyond);
        Verify(name, Given.Now.AddSeconds(-301)).ShouldBe(beyond);
    }

    private static SignatureVerdict Verify(string name, DateTimeOffset now) => Verify(Contract(name), Headers(Contract(name), Secret), Secret, Body, now);

    private static SignatureVerdict Verify(ForeignContract contract, Dictionary<string, string> headers, string secret, string body, DateTimeOffset now) =>
        SignatureVerifier.Verify(ProfileOf(contract), new SigningSecret(secret), headers.GetValueOrDefault, new Uri(ForeignContract.Url), Encoding.UTF8.GetBytes(body), now);

    private static Dictionary<string, string> Headers(ForeignContract contract, params string[] secrets)
    {
        var envelope = Given.Envelope(ProfileOf(contract)) with { Body = Encoding.UTF8.GetBytes(Body) };
        var credentials = new Credentials([.. secrets.Select(secret => new SigningSecret(secret))], BearerToken: null, Destination.NoHeaders);
        return WebhookRequest.Headers(envelope, 1, credentials, Given.Now).ToDictionary(StringComparer.OrdinalIgnoreCase);
    }

    private static ForeignContract Contract(string name) => ForeignContract.All.Single(contract => contract.Name == name);

    private static Profile ProfileOf(ForeignContract contract) => Given.Profile(contract.Name, contract.Configuration);
}
