using System.Security.Cryptography;
using System.Text;
using Posthorn.Access;
using Posthorn.Stores;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Access;

public class ApiKeyTests
{
    private readonly MemoryApiKeyStore _store = new();

    [Fact]
    public void A_key_is_long_random_and_kept_as_its_digest_only()
    {
        var (key, kept) = ApiKeyMaker.Make("ci", Roles.Publish | Roles.Read, "a", Given.Now);
        var (other, _) = ApiKeyMaker.Make("ci", Roles.Publish, null, Given.Now);

        key.ShouldMatch("^phk_[a-z0-9]{40}$");
        key.ShouldNotBe(other);
        kept.Id.ShouldMatch("^key_[a-z0-9]{16}$");
        kept.Hash.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
        kept.ToString().ShouldNotContain(key[4..]);
        (kept.Name, kept.Roles, kept.Tenant, kept.CreatedAt, kept.RevokedAt).ShouldBe(("ci", Roles.Publish | Roles.Read, "a", Given.Now, null));
    }

    [Fact]
    public async Task A_stored_key_is_its_holder_s()
    {
        var (directory, key) = (new ApiKeyDirectory(_store, []), await AddAsync("ci", Roles.Publish, "a"));
        directory.Find(key).ShouldBeNull("It is not known yet.");

        await directory.RefreshAsync(CancellationToken.None);

        directory.Find(key).ShouldBe(new Caller("ci", Roles.Publish, "a"));
    }

    [Fact]
    public async Task A_revoked_key_is_nobody_s_and_the_others_stay()
    {
        var (directory, key, other) = (new ApiKeyDirectory(_store, []), await AddAsync("ci"), await AddAsync("cd"));
        await _store.RevokeAsync("ci", Given.Now, CancellationToken.None);
        await directory.RefreshAsync(CancellationToken.None);

        directory.Find(key).ShouldBeNull();
        directory.Find(other).ShouldNotBeNull().Name.ShouldBe("cd");
        (directory.HasAny, directory.HasUsable).ShouldBe((true, true));

        await _store.RevokeAsync("cd", Given.Now, CancellationToken.None);
        await directory.RefreshAsync(CancellationToken.None);
        (directory.HasAny, directory.HasUsable).ShouldBe((true, false));
    }

    [Fact]
    public void A_key_of_the_configuration_may_do_everything()
    {
        var directory = new ApiKeyDirectory(_store, [SHA256.HashData("one"u8), SHA256.HashData("two"u8)]);

        directory.Find("two").ShouldBe(new Caller("configuration", Roles.All, null));
        directory.Find("three").ShouldBeNull();
        (directory.HasAny, directory.HasUsable).ShouldBe((true, true));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("phk_")]
    [InlineData("\ud800")]
    public async Task Anything_else_is_nobody_s(string key)
    {
        var directory = new ApiKeyDirectory(_store, [SHA256.HashData("one"u8)]);
        await AddAsync("ci");
        await directory.RefreshAsync(CancellationToken.None);

        directory.Find(key).ShouldBeNull();
    }

    [Fact]
    public async Task A_key_s_digest_is_no_key()
    {
        var (key, kept) = ApiKeyMaker.Make("ci", Roles.All, null, Given.Now);
        await _store.AddAsync(kept, CancellationToken.None);
        var directory = new ApiKeyDirectory(_store, []);
        await directory.RefreshAsync(CancellationToken.None);

        directory.Find(kept.Hash).ShouldBeNull();
        directory.Find(key.ToUpperInvariant()).ShouldBeNull();
        directory.Find(key).ShouldNotBeNull();
    }

    [Fact]
    public async Task Without_keys_there_are_none()
    {
        var directory = new ApiKeyDirectory(_store, []);
        await directory.RefreshAsync(CancellationToken.None);

        (directory.HasAny, directory.HasUsable).ShouldBe((false, false));
    }

    [Fact]
    public async Task While_the_store_is_away_the_keys_that_are_known_stay_good()
    {
        var (directory, key) = (new ApiKeyDirectory(_store, []), await AddAsync("ci"));
        await directory.RefreshAsync(CancellationToken.None);
        _store.IsAway = true;

        await Should.ThrowAsync<StoreUnavailableException>(directory.RefreshAsync(CancellationToken.None));

        directory.Find(key).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, "a", true)]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    [InlineData("a", "A", false)]
    [InlineData("a", null, false)]
    [InlineData("a", "*", false)]
    [InlineData("*", "a", false)]
    public void A_caller_sees_its_tenant_s(string? scope, string? tenant, bool sees) => new Caller("ci", Roles.All, scope).Sees(tenant).ShouldBe(sees);

    [Theory]
    [InlineData(Roles.Publish, Roles.Publish, true)]
    [InlineData(Roles.Publish, Roles.Publish | Roles.Manage, true)]
    [InlineData(Roles.Publish, Roles.Manage | Roles.Operate | Roles.Read, false)]
    [InlineData(Roles.All, Roles.Operate, true)]
    [InlineData(Roles.None, Roles.All, false)]
    public void A_caller_may_do_what_one_of_its_roles_may(Roles has, Roles anyOf, bool may) => new Caller("ci", has, null).May(anyOf).ShouldBe(may);

    private async Task<string> AddAsync(string name, Roles roles = Roles.All, string? tenant = null)
    {
        var (key, kept) = ApiKeyMaker.Make(name, roles, tenant, Given.Now);
        (await _store.AddAsync(kept, CancellationToken.None)).ShouldBeTrue();
        return key;
    }
}
