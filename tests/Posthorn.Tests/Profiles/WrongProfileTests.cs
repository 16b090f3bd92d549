using Posthorn.Tests.Support;

namespace Posthorn.Tests.Profiles;

/// <summary>Each fault of a profile names its key, what it holds and what it may hold.</summary>
public class WrongProfileTests
{
    [Theory]
    [InlineData("extends", "nobody", "standard, morag-stage, ")]
    [InlineData("extends", "mine", "standard, morag-stage, ")]
    [InlineData("body", "all", "data, or an object")]
    [InlineData("signature:header", "X Signature", "an HTTP header name")]
    [InlineData("signature:value", "sha256", "{hex} or {base64}")]
    [InlineData("signature:value", "{md5}", "{hex}")]
    [InlineData("signature:value", "{body}", "{hex}")]
    [InlineData("signature:content", "{id}", "{body}")]
    [InlineData("signature:content", "{secret}{body}", "{body}")]
    [InlineData("signature:content", "{hex}{body}", "{body}")]
    [InlineData("signature:prefix", "{nope}", "{unix}")]
    [InlineData("signature:key", "rot13", "utf8, whsec, base64, hex")]
    [InlineData("headers:X-A", "{body}", "{id} {type}")]
    [InlineData("headers:X-A", "{hex}", "{id} {type}")]
    [InlineData("headers:X-A", "{unclosed", "{id} {type}")]
    [InlineData("headers:X A", "a", "an HTTP header name")]
    [InlineData("success", "2xx", "200-299")]
    [InlineData("success", "299-200", "200-299")]
    [InlineData("final", "99", "410")]
    [InlineData("gone", "600", "410")]
    [InlineData("retry:delays", "5", "hh:mm:ss")]
    [InlineData("retry:delays", "-00:00:05", "hh:mm:ss")]
    [InlineData("retry:delays", "31.00:00:00", "hh:mm:ss")]
    [InlineData("retry:jitter", "1", "from 0 to 0.9")]
    [InlineData("retry:jitter", "NaN", "from 0 to 0.9")]
    [InlineData("retry:max", "101", "from 0 to 100")]
    [InlineData("retry:base", "00:00:00", "hh:mm:ss")]
    [InlineData("timeout", "15", "hh:mm:ss")]
    [InlineData("timeout", "00:00:00", "hh:mm:ss")]
    [InlineData("timeout", "01:00:00", "00:10:00")]
    [InlineData("expiry", "never", "hh:mm:ss")]
    [InlineData("expiryFrom", "birth", "accepted, event")]
    [InlineData("onExpiry", "delete", "deadLetter, drop")]
    public void A_wrong_value_is_named_with_its_key_and_what_is_accepted(string key, string value, string accepted)
    {
        var error = Given.CatalogErrors(($"profiles:mine:{key}", value)).ShouldHaveSingleItem();

        error.Key.ShouldBe($"profiles:mine:{key}");
        error.Problem.ShouldContain($"'{value}'");
        error.Accepted.ShouldContain(accepted);
    }

    [Theory]
    [InlineData("colour")]
    [InlineData("signature:salt")]
    [InlineData("retry:often")]
    [InlineData("body:payload")]
    public void An_unknown_key_is_named(string key)
    {
        var errors = Given.CatalogErrors(($"profiles:mine:{key}", "x"), ("profiles:mine:body:data", "data"));

        errors.ShouldHaveSingleItem().ToString().ShouldStartWith($"profiles:mine:{key}: there is no such setting; accepted: ");
    }

    [Fact]
    public void A_wrapping_body_needs_a_key_for_the_data() =>
        Given.CatalogErrors(("profiles:mine:body:type", "event")).ShouldHaveSingleItem().Key.ShouldBe("profiles:mine:body:data");

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    public void Profiles_that_extend_each_other_in_a_circle_are_named_once(int length)
    {
        var circle = Enumerable.Range(0, length).Select(n => ($"profiles:p{n}:extends", (string?)$"p{(n + 1) % length}"));

        Given.CatalogErrors(circle).ShouldHaveSingleItem().Key.ShouldEndWith(":extends");
    }

    [Fact]
    public void Everything_wrong_is_named_in_one_start() =>
        Given.CatalogErrors(("profiles:a:timeout", "x"), ("profiles:b:timeout", "y"), ("profiles:b:success", "z"), ("WEBHOOK_TIMEOUT", "w"))
            .Select(error => error.Key).Distinct(StringComparer.Ordinal).ShouldBe(["WEBHOOK_TIMEOUT", "profiles:a:timeout", "profiles:b:success", "profiles:b:timeout"], ignoreOrder: true);

    [Theory]
    [InlineData("WEBHOOK_TIMEOUT", "30s")]
    [InlineData("WEBHOOK_TIMEOUT", "0")]
    [InlineData("WEBHOOK_TIMEOUT", "-1")]
    [InlineData("WEBHOOK_MAX_RETRIES", "many")]
    [InlineData("WEBHOOK_MAX_RETRIES", "-1")]
    [InlineData("WEBHOOK_RETRY_DELAY", "00:00:05")]
    public void A_wrong_environment_variable_is_named(string name, string value)
    {
        var error = Given.CatalogErrors((name, value)).Distinct().ShouldHaveSingleItem();

        error.Key.ShouldBe(name);
        error.Problem.ShouldContain($"'{value}'");
    }
}
