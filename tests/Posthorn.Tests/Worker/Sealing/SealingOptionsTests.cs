using System.Text.Json;
using Posthorn.KeyVault;
using Posthorn.Settings;
using Posthorn.Tests.Support;
using Posthorn.Worker.Sealing;

namespace Posthorn.Tests.Worker.Sealing;

/// <summary>The section <c>sealing</c>.</summary>
public sealed class SealingOptionsTests
{
    private static readonly KeyVaultOptions NoVault = new();
    private static readonly KeyVaultOptions Vault = new() { Url = new Uri("https://papr.vault.azure.net/") };
    private static readonly string Key = Convert.ToBase64String([.. Enumerable.Range(0, 32).Select(n => (byte)n)]);
    private static readonly string Other = Convert.ToBase64String([.. Enumerable.Range(100, 32).Select(n => (byte)n)]);

    /// <summary>What is no key: not base64, of another length, base64 of a URL, one of two, a passphrase, a path without its mark.</summary>
    public static TheoryData<string> Rubbish =>
    [
        "correct horse battery staple", "not-base64!", Convert.ToBase64String(new byte[16]), Convert.ToBase64String(new byte[31]), Convert.ToBase64String(new byte[33]), Key[..^1], $"{Key},x",
        Convert.ToHexString(new byte[32]), "/run/secrets/sealing", "File:/run/secrets/sealing",
    ];

    [Fact]
    public void Without_a_key_nothing_is_shared() => (Read("").IsShared, Read(" ").IsShared, Read(null).IsShared).ShouldBe((false, false, false));

    [Theory]
    [InlineData(",")]
    [InlineData(" , ")]
    [InlineData("\n")]
    public void Several_keys_have_the_newest_first(string between) =>
        Read($"{Key}{between}{Other}").Keys.ShouldNotBeNull().Select(key => key.Id).ShouldBe([Read(Key).Keys.ShouldNotBeNull()[0].Id, Read(Other).Keys.ShouldNotBeNull()[0].Id]);

    [Fact]
    public void Several_keys_may_be_a_list()
    {
        var read = SealingOptions.From(Given.Section([], ("key:0", Key), ("key:1", Other)), NoVault);

        read.Keys.ShouldNotBeNull().Count.ShouldBe(2);
    }

    [Fact]
    public void A_file_and_a_secret_of_the_vault_are_told_by_their_marks()
    {
        Read("file:/run/secrets/sealing").File.ShouldBe("/run/secrets/sealing");
        Read("keyvault:sealing-key", Vault).VaultSecret.ShouldBe("sealing-key");
    }

    [Theory]
    [MemberData(nameof(Rubbish))]
    public void Fault_66_what_is_no_key_is_refused_and_not_shown(string text) =>
        Errors(text, NoVault).ShouldHaveSingleItem().ShouldBe($"key: is not a key (it is not shown); accepted: {SealingKey.Accepted}");

    [Fact]
    public void Fault_66_a_secret_of_a_vault_needs_a_vault_and_a_name_that_it_can_have()
    {
        Errors("keyvault:sealing-key", NoVault).ShouldHaveSingleItem().ShouldStartWith("key: names a secret of Key Vault, and keyVault:url is not set; accepted: ");
        foreach (var name in new[] { "", "a_b", new string('a', 128) }) Errors($"keyvault:{name}", Vault).ShouldHaveSingleItem().ShouldStartWith("key: names no secret of Key Vault; accepted: ");
    }

    [Fact]
    public void Fault_69_no_text_of_it_shows_a_key()
    {
        var options = Read($"{Key},{Other}");
        var texts = new[] { options.ToString(), JsonSerializer.Serialize(options.Keys.ShouldNotBeNull()[0]), JsonSerializer.Serialize(options), options.Keys[0].Id };

        foreach (var text in texts)
        {
            text.ShouldNotBeNull().ShouldNotContain(Key.TrimEnd('='));
            text.ShouldNotContain(Other.TrimEnd('='));
        }
    }

    [Fact]
    public void It_says_where_its_keys_come_from() =>
        new[] { Read(""), Read(Key), Read("file:/a/b"), Read("keyvault:c", Vault) }.Select(options => options.ToString())
            .ShouldBe(["a key ring beside the queue", "the key of sealing:key", "the key of /a/b", "the key of the secret 'c' of Key Vault"]);

    private static SealingOptions Read(string? key, KeyVaultOptions? vault = null)
    {
        var errors = new List<SettingError>();
        var options = SealingOptions.From(Given.Section(errors, ("key", key)), vault ?? NoVault);
        errors.ShouldBeEmpty();
        return options;
    }

    private static List<string> Errors(string key, KeyVaultOptions vault)
    {
        var errors = new List<SettingError>();
        SealingOptions.From(Given.Section(errors, ("key", key)), vault).IsShared.ShouldBeFalse();
        return [.. errors.Select(error => error.ToString())];
    }
}
