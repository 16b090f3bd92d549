using System.Text.Json;
using Posthorn.Envelopes;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Signing;

public class SigningSecretTests
{
    private const string Text = "do-not-print-me";
    private readonly SigningSecret _secret = new(Text);

    [Fact]
    public void It_is_not_text()
    {
        _secret.ToString().ShouldBe("***");
        $"{_secret}".ShouldBe("***");
        string.Concat("", _secret).ShouldBe("***");
    }

    [Fact]
    public void It_is_not_JSON()
    {
        JsonSerializer.Serialize(_secret).ShouldBe("\"***\"");
        JsonSerializer.Serialize(new { secret = _secret, list = new[] { _secret } }).ShouldBe("""{"secret":"***","list":["***"]}""");
    }

    [Fact]
    public void It_is_not_read_from_JSON() => Should.Throw<NotSupportedException>(() => JsonSerializer.Deserialize<SigningSecret>("\"x\""));

    [Fact]
    public void No_record_that_holds_it_prints_it()
    {
        var destination = new Destination { Url = new Uri("https://example.com/"), Secret = _secret, BearerToken = _secret };
        var fields = new EnvelopeV1 { Destination = new DestinationV1 { Secret = _secret, BearerToken = _secret } };

        destination.ToString().ShouldNotContain(Text);
        (Given.Envelope() with { Destination = destination }).ToString().ShouldNotContain(Text);
        (Given.Values() with { Secret = _secret }).ToString().ShouldNotContain(Text);
        new Credentials([_secret], _secret, Destination.NoHeaders).ToString().ShouldNotContain(Text);
        fields.ToString().ShouldNotContain(Text);
        JsonSerializer.Serialize(fields, EnvelopeV1Context.Default.EnvelopeV1).ShouldNotContain(Text);
    }

    [Fact]
    public void It_says_itself_when_asked_to() => _secret.Reveal().ShouldBe(Text);

    [Fact]
    public void Equal_texts_are_equal_secrets()
    {
        _secret.ShouldBe(new SigningSecret(Text));
        _secret.GetHashCode().ShouldBe(new SigningSecret(Text).GetHashCode());
        _secret.ShouldNotBe(new SigningSecret(Text + "!"));
    }

    [Fact]
    public void An_empty_text_is_no_secret() => Should.Throw<ArgumentException>(() => new SigningSecret(""));
}
