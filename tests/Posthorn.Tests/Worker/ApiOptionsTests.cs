using Posthorn.Settings;
using Posthorn.Tests.Support;
using Posthorn.Worker.Api;

namespace Posthorn.Tests.Worker;

public class ApiOptionsTests
{
    private readonly List<SettingError> _errors = [];

    [Fact]
    public void By_default_it_listens_on_loopback_and_has_no_keys()
    {
        var options = Read();

        options.Url.ShouldBe(new Uri("http://127.0.0.1:8080"));
        options.Keys.ShouldBeEmpty();
        _errors.ShouldBeEmpty();
    }

    [Fact]
    public void A_key_is_kept_as_its_hash()
    {
        var hex = new string('a', 63) + "B";

        Read(("keys:0", $"sha256:{hex}")).Keys.ShouldHaveSingleItem().ShouldBe(Convert.FromHexString(hex));
        _errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("do-not-print-me")]
    [InlineData("sha256:do-not-print-me")]
    [InlineData("sha256:")]
    [InlineData("sha1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("")]
    public void What_is_no_hash_is_refused_without_being_shown(string key)
    {
        Read(("keys:0", key)).Keys.ShouldBeEmpty();

        _errors.ShouldHaveSingleItem().ToString().ShouldBe("keys: '***' is not accepted; accepted: sha256: and the 64 hexadecimal digits of the key's SHA-256");
    }

    [Theory]
    [InlineData("http://0.0.0.0:9000")]
    [InlineData("http://[::1]:9000/")]
    [InlineData("http://localhost:9000")]
    public void A_url_says_where_to_listen(string url)
    {
        Read(("url", url)).Url.ShouldBe(new Uri(url));
        _errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("https://127.0.0.1:8080")]
    [InlineData("http://127.0.0.1:8080/api")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("8080")]
    [InlineData("")]
    public void A_wrong_url_is_named(string url)
    {
        Read(("url", url));

        _errors.ShouldHaveSingleItem().ToString().ShouldStartWith($"url: '{url}' is not accepted; accepted: http://ADDRESS:PORT");
    }

    [Fact]
    public void An_unknown_key_is_named()
    {
        Read(("key", "x"));

        _errors.ShouldHaveSingleItem().ToString().ShouldBe("key: there is no such setting; accepted: url, keys, requestsPerSecond");
    }

    private ApiOptions Read(params (string Key, string? Value)[] settings) => ApiOptions.From(Given.Section(_errors, settings));
}
