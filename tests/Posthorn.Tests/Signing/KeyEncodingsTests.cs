using Posthorn.Profiles;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Signing;

public class KeyEncodingsTests
{
    [Theory]
    [InlineData(KeyEncoding.Utf8, "a√", "61e2889a")]
    [InlineData(KeyEncoding.Hex, "00fF10", "00ff10")]
    [InlineData(KeyEncoding.Base64, "AP8Q", "00ff10")]
    [InlineData(KeyEncoding.Whsec, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "000000000000000000000000000000000000000000000000")]
    [InlineData(KeyEncoding.Whsec, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "000000000000000000000000000000000000000000000000")]
    public void A_secret_becomes_these_key_bytes(KeyEncoding encoding, string secret, string hex)
    {
        KeyEncodings.TryDecode(new SigningSecret(secret), encoding, out var key, out var error).ShouldBeTrue();

        Convert.ToHexStringLower(key).ShouldBe(hex);
        error.ShouldBeNull();
    }

    [Theory]
    [InlineData(KeyEncoding.Hex, "0g")]
    [InlineData(KeyEncoding.Hex, "000")]
    [InlineData(KeyEncoding.Base64, "not base64!")]
    [InlineData(KeyEncoding.Base64, "====")]
    [InlineData(KeyEncoding.Whsec, "whsec_x")]
    [InlineData(KeyEncoding.Whsec, "whsec_not base64!")]
    [InlineData(KeyEncoding.Whsec, "WHSEC_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_secret_of_another_form_is_refused_without_being_shown(KeyEncoding encoding, string secret)
    {
        KeyEncodings.TryDecode(new SigningSecret(secret), encoding, out var key, out var error).ShouldBeFalse();

        key.ShouldBeEmpty();
        error.ShouldNotBeNull().ShouldStartWith("must be");
        error.ShouldNotContain(secret);
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_key_of_Standard_Webhooks_has_24_to_64_bytes(int length, bool accepted) =>
        KeyEncodings.TryDecode(new SigningSecret("whsec_" + Convert.ToBase64String(new byte[length])), KeyEncoding.Whsec, out _, out _).ShouldBe(accepted);

    [Fact]
    public void A_secret_that_goes_into_a_header_is_visible_ASCII()
    {
        SecretForms.ProblemOf(new SigningSecret("s√"), Given.Profile("papr-batch")).ShouldNotBeNull().ShouldNotContain("s√");
        SecretForms.ProblemOf(new SigningSecret("s√"), Given.Profile("morag-step")).ShouldBeNull();
    }

    [Fact]
    public void A_secret_has_up_to_1024_characters()
    {
        SecretForms.ProblemOf(new SigningSecret(new string('x', 1024)), Given.Profile("proposal")).ShouldBeNull();
        SecretForms.ProblemOf(new SigningSecret(new string('x', 1025)), Given.Profile("proposal")).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("token", true)]
    [InlineData("a b", false)]
    [InlineData("a\r\nb", false)]
    [InlineData("é", false)]
    public void A_bearer_token_is_one_word(string token, bool accepted) => (SecretForms.ProblemOfBearer(new SigningSecret(token)) is null).ShouldBe(accepted);

    [Fact]
    public void A_secret_of_the_wrong_form_signs_nothing()
    {
        var contract = BuiltInProfiles.Standard.Signature.ShouldNotBeNull();

        var missing = Should.Throw<SecretUnavailableException>(() => Signer.Sign(contract, [new SigningSecret("short-secret")], "{}"u8, Given.Values()));

        missing.Message.ShouldNotContain("short-secret");
    }
}
