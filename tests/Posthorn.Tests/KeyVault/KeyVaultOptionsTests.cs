using Posthorn.KeyVault;
using Posthorn.Settings;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.KeyVault;

/// <summary>The section <c>keyVault</c>.</summary>
public sealed class KeyVaultOptionsTests
{
    [Theory]
    [InlineData("https://papr.vault.azure.net")]
    [InlineData("https://papr.vault.azure.net/")]
    [InlineData(" https://papr.vault.azure.net ")]
    [InlineData("https://localhost:8443")]
    public void A_vault_is_a_host_over_https(string url)
    {
        Errors(("url", url), ("cacheFor", "01:00:00")).ShouldBeEmpty();
        Read(("url", url)).Url.ShouldBe(new Uri(url.Trim()));
    }

    [Fact]
    public void Without_a_vault_there_is_none_and_a_value_is_used_for_five_minutes()
    {
        (Read().Url, Read(("url", " ")).Url, Read().CacheFor).ShouldBe((null, null, TimeSpan.FromMinutes(5)));
        Read(("cacheFor", "00:00:01")).CacheFor.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("http://papr.vault.azure.net")]
    [InlineData("papr.vault.azure.net")]
    [InlineData("papr")]
    [InlineData("https://papr.vault.azure.net/secrets/papr")]
    [InlineData("https://papr.vault.azure.net/?x=1")]
    [InlineData("https://papr.vault.azure.net/#x")]
    public void Anything_else_is_refused_as_the_worker_s_token_goes_there(string url) =>
        Errors(("url", url)).ShouldHaveSingleItem().ToString().ShouldBe($"url: '{url}' is not accepted; accepted: https://NAME.vault.azure.net, without a path");

    [Fact]
    public void Credentials_in_the_url_are_not_shown() =>
        Errors(("url", "https://user:hunter2@papr.vault.azure.net/")).ShouldHaveSingleItem().ToString().ShouldNotContain("hunter2");

    [Theory]
    [InlineData("00:00:00.9")]
    [InlineData("1.00:00:01")]
    [InlineData("5")]
    [InlineData("soon")]
    public void A_time_to_use_a_value_is_from_a_second_to_a_day(string time) =>
        Errors(("cacheFor", time)).ShouldHaveSingleItem().ToString().ShouldBe($"cacheFor: '{time}' is not accepted; accepted: a duration [d.]hh:mm:ss from 00:00:01 to 1.00:00:00");

    [Fact]
    public void There_are_no_other_settings() => Errors(("uri", "https://papr.vault.azure.net")).ShouldHaveSingleItem().ToString().ShouldBe("uri: there is no such setting; accepted: url, cacheFor");

    private static KeyVaultOptions Read(params (string Key, string? Value)[] settings) => KeyVaultOptions.From(Given.Section([], settings));

    private static List<SettingError> Errors(params (string Key, string? Value)[] settings)
    {
        var errors = new List<SettingError>();
        KeyVaultOptions.From(Given.Section(errors, settings));
        return errors;
    }
}
