using Posthorn.Access;

namespace Posthorn.ContractTests.Stores;

/// <summary>API keys.</summary>
public abstract class ApiKeyStoreContract : StoreFacts
{
    private IApiKeyStore Keys => Stores.Keys;

    [Fact]
    public async Task Keys_come_back_by_name_and_then_by_age()
    {
        var keys = new[]
        {
            AKey("key_1", "b") with { Roles = Roles.None },
            AKey("key_2", "a") with { Roles = Roles.Publish | Roles.Read, Tenant = "acme", RevokedAt = Now, CreatedAt = Now.AddDays(-1) },
            AKey("key_3", "a") with { Roles = Roles.All },
        };
        foreach (var key in keys) (await Keys.AddAsync(key, default)).ShouldBeTrue();

        (await Keys.ListAsync(default)).ShouldBe([keys[1], keys[2], keys[0]]);
    }

    [Fact]
    public async Task A_name_is_free_again_when_its_key_is_revoked()
    {
        (await Keys.AddAsync(AKey("key_1", "ci"), default)).ShouldBeTrue();
        (await Keys.AddAsync(AKey("key_2", "ci"), default)).ShouldBeFalse();

        (await Keys.RevokeAsync("ci", Now.AddDays(1), default)).ShouldBe(AKey("key_1", "ci") with { RevokedAt = Now.AddDays(1) });

        (await Keys.AddAsync(AKey("key_2", "ci"), default)).ShouldBeTrue();
    }

    [Fact]
    public async Task A_key_is_revoked_once()
    {
        await Keys.AddAsync(AKey("key_1", "ci"), default);

        (await Keys.RevokeAsync("key_1", Now, default)).ShouldNotBeNull();

        (await Keys.RevokeAsync("key_1", Now.AddDays(1), default)).ShouldBeNull();
        (await Keys.RevokeAsync("ci", Now.AddDays(1), default)).ShouldBeNull();
        (await Keys.ListAsync(default)).ShouldHaveSingleItem().RevokedAt.ShouldBe(Now);
    }

    [Fact]
    public async Task An_id_goes_before_a_name_that_looks_like_it()
    {
        await Keys.AddAsync(AKey("key_1", "key_2"), default);
        await Keys.AddAsync(AKey("key_2", "other"), default);

        (await Keys.RevokeAsync("key_2", Now, default)).ShouldNotBeNull().Id.ShouldBe("key_2");
        (await Keys.RevokeAsync("key_2", Now, default)).ShouldNotBeNull().Id.ShouldBe("key_1");
        (await Keys.RevokeAsync("key_2", Now, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Of_keys_of_one_name_added_at_once_one_is_good()
    {
        var other = await OpenAsync();

        var added = await AtOnceAsync(8, i => (i % 2 == 0 ? Stores : other).Keys.AddAsync(AKey($"key_{i}", "ci"), default));

        added.Count(good => good).ShouldBe(1);
        (await Keys.ListAsync(default)).ShouldHaveSingleItem();
    }

    [Theory]
    [MemberData(nameof(AwkwardTexts))]
    public async Task Awkward_names_are_names(string name)
    {
        await Keys.AddAsync(AKey("key_1", name), default);

        (await Keys.RevokeAsync(name, Now, default)).ShouldNotBeNull().Name.ShouldBe(name);
    }

    private static ApiKey AKey(string id, string name) => new() { Id = id, Name = name, Hash = new string('a', 64), Roles = Roles.Read, CreatedAt = Now };
}
