using Microsoft.Extensions.Time.Testing;
using Posthorn.KeyVault;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.KeyVault;

/// <summary>Which versions of a secret sign, and until when.</summary>
public sealed class VaultRotationTests : IDisposable
{
    private static readonly TimeSpan CacheFor = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private readonly FakeTimeProvider _clock = new(Given.Now);
    private readonly FakeVault _vault;
    private readonly KeyVaultSecretStore _store;

    public VaultRotationTests()
    {
        _vault = new FakeVault(_clock);
        _store = _vault.Store(cacheFor: CacheFor);
    }

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task A_new_version_signs_first_and_the_one_before_it_for_a_day()
    {
        _vault.Put("papr", "old");
        _clock.Advance(Day * 30);
        (await ValuesAsync()).ShouldBe(["old"]);
        _vault.Put("papr", "new");

        _clock.Advance(CacheFor);
        (await ValuesAsync()).ShouldBe(["new", "old"]);
        _clock.Advance(Day - CacheFor - TimeSpan.FromSeconds(1));
        (await ValuesAsync()).ShouldBe(["new", "old"]);
        _clock.Advance(TimeSpan.FromSeconds(1));

        (await ValuesAsync()).ShouldBe(["new"]);
    }

    [Fact]
    public async Task The_day_of_the_old_version_ends_while_its_value_is_in_use_and_while_the_vault_is_away()
    {
        _vault.Put("papr", "old");
        _clock.Advance(Day * 30);
        _vault.Put("papr", "new");
        _clock.Advance(Day - TimeSpan.FromMinutes(1));
        (await ValuesAsync()).ShouldBe(["new", "old"]);

        _clock.Advance(TimeSpan.FromMinutes(1)); // The value is good for four minutes more.
        (await ValuesAsync()).ShouldBe(["new"]);

        _vault.Answers(System.Net.HttpStatusCode.ServiceUnavailable);
        _clock.Advance(CacheFor);
        (await ValuesAsync()).ShouldBe(["new"]);
    }

    [Fact]
    public async Task Of_three_versions_within_a_day_the_newest_two_sign()
    {
        foreach (var value in new[] { "first", "second", "third" })
        {
            _vault.Put("papr", value);
            _clock.Advance(TimeSpan.FromHours(1));
        }

        (await ValuesAsync()).ShouldBe(["third", "second"]);
    }

    [Fact]
    public async Task A_version_that_is_alone_signs_from_its_first_moment() // A young one has none before it.
    {
        _vault.Put("papr", "only");

        (await ValuesAsync()).ShouldBe(["only"]);
    }

    [Fact]
    public async Task Versions_are_found_on_every_page_of_the_vault_s_answer()
    {
        for (var i = 1; i <= 7; i++)
        {
            _vault.Put("papr", $"version {i}");
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        (await ValuesAsync()).ShouldBe(["version 7", "version 6"]);
        _vault.Questions.Count(question => question == "GET /secrets/papr/versions").ShouldBe(4);
        _vault.Questions.Count.ShouldBe(6, "no value is read that does not sign");
    }

    [Fact]
    public async Task A_version_that_is_disabled_or_expired_or_not_valid_yet_does_not_sign()
    {
        _vault.Put("papr", "good");
        _clock.Advance(TimeSpan.FromHours(1));
        _vault.Put("papr", "disabled", enabled: false);
        _clock.Advance(TimeSpan.FromMinutes(1));
        _vault.Put("papr", "expired", expires: _clock.GetUtcNow().AddMinutes(1));
        _clock.Advance(TimeSpan.FromMinutes(1));
        _vault.Put("papr", "later", notBefore: _clock.GetUtcNow().AddMinutes(4));

        (await ValuesAsync()).ShouldBe(["good"]);

        _clock.Advance(CacheFor);
        (await ValuesAsync()).ShouldBe(["later", "good"], "its time has come");
    }

    [Fact]
    public async Task The_day_of_a_version_that_was_made_ahead_begins_when_it_becomes_valid()
    {
        _vault.Put("papr", "old");
        _vault.Put("papr", "new", notBefore: Given.Now + (Day * 10));

        _clock.Advance((Day * 11) - TimeSpan.FromSeconds(1));
        (await ValuesAsync()).ShouldBe(["new", "old"]);
        _clock.Advance(TimeSpan.FromSeconds(1));
        (await ValuesAsync()).ShouldBe(["new"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_secret_that_is_disabled_or_deleted_signs_no_longer(bool isDeleted)
    {
        _vault.Put("papr", "one");
        await ValuesAsync();
        if (isDeleted) _vault.Delete("papr");
        else _vault.Disable("papr");

        _clock.Advance(CacheFor);
        var refused = await Should.ThrowAsync<SecretUnavailableException>(ValuesAsync());

        refused.Message.ShouldContain(isDeleted ? "has no secret 'papr'" : "no version that is enabled and valid now");
    }

    [Fact]
    public async Task A_secret_that_is_made_in_the_meantime_is_found_fifteen_seconds_later()
    {
        await Should.ThrowAsync<SecretUnavailableException>(ValuesAsync());
        _vault.Put("papr", "one");
        await Should.ThrowAsync<SecretUnavailableException>(ValuesAsync());

        _clock.Advance(TimeSpan.FromSeconds(15));

        (await ValuesAsync()).ShouldBe(["one"]);
    }

    [Fact]
    public async Task The_seal_s_keys_are_those_of_every_version_that_may_be_used()
    {
        for (var i = 1; i <= 5; i++)
        {
            _vault.Put("sealing-key", $"key {i}", enabled: i != 2);
            _clock.Advance(Day * 90);
        }

        var texts = await VaultTexts.ReadAsync(_vault.Reader(), "sealing-key");

        texts.Select(text => text.Reveal()).ShouldBe(["key 5", "key 4", "key 3", "key 1"]);
    }

    [Fact]
    public async Task A_seal_s_key_that_cannot_be_had_is_said_so()
    {
        (await Should.ThrowAsync<SecretUnavailableException>(VaultTexts.ReadAsync(_vault.Reader(), "absent"))).Message.ShouldContain("has no secret 'absent'");
        _vault.Answers(System.Net.HttpStatusCode.InternalServerError);
        (await Should.ThrowAsync<SecretUnavailableException>(VaultTexts.ReadAsync(_vault.Reader(), "absent"))).Message.ShouldContain("500");
    }

    private async Task<IReadOnlyList<string>> ValuesAsync() => [.. (await _store.FindAsync("papr", CancellationToken.None)).Select(secret => secret.Reveal())];
}
