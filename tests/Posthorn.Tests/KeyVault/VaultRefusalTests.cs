using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Posthorn.KeyVault;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.KeyVault;

/// <summary>What is said of a secret that cannot be had, and that it is never the secret.</summary>
public sealed class VaultRefusalTests : IDisposable
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private readonly FakeTimeProvider _clock = new(Given.Now);
    private readonly FakeVault _vault;
    private readonly LogLines _log = new();

    public VaultRefusalTests() => _vault = new FakeVault(_clock);

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task A_secret_that_is_missing_says_which_and_where_to_make_it() =>
        (await RefusedAsync()).Message.ShouldBe("Key Vault has no secret 'papr' (404 SecretNotFound): make it in https://papr.vault.azure.net/, or name another");

    [Fact]
    public async Task A_secret_that_may_not_be_read_says_which_role_is_missing_and_where()
    {
        _vault.Answers(HttpStatusCode.Forbidden, """{"error":{"code":"Forbidden","message":"Caller is not authorized. oid=1234"}}""");

        (await RefusedAsync()).Message.ShouldBe(
            "Key Vault does not let this worker read the secret 'papr' (403 Forbidden): its identity needs the role 'Key Vault Secrets User' on https://papr.vault.azure.net/, and a way through its firewall");
    }

    [Fact]
    public async Task A_token_that_is_not_accepted_says_at_which_vault()
    {
        _vault.Answers(HttpStatusCode.Unauthorized);

        (await RefusedAsync()).Message.ShouldBe("Key Vault answers 401 at https://papr.vault.azure.net/");
    }

    [Fact]
    public async Task A_question_that_is_not_accepted_is_said_so()
    {
        _vault.Answers(HttpStatusCode.BadRequest, """{"error":{"code":"BadParameter","message":"x"}}""");

        (await RefusedAsync()).Message.ShouldBe("Key Vault does not accept the question for 'papr' (400 BadParameter)");
    }

    [Fact]
    public async Task What_is_refused_is_refused_though_there_was_a_value()
    {
        _vault.Put("papr", Secret);
        var store = _vault.Store();
        await store.FindAsync("papr", CancellationToken.None);
        _vault.Answers(HttpStatusCode.Forbidden);
        _clock.Advance(TimeSpan.FromMinutes(5));

        await Should.ThrowAsync<SecretUnavailableException>(store.FindAsync("papr", CancellationToken.None).AsTask());
    }

    [Fact]
    public async Task An_empty_value_is_none()
    {
        _vault.Put("papr", "");

        (await RefusedAsync()).Message.ShouldBe("the secret 'papr' of Key Vault is empty");
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Conflict)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.OK)]
    public async Task Fault_69_nothing_that_the_vault_says_is_told_on(HttpStatusCode status)
    {
        _vault.Answers(status, $$"""{"error":{"code":"{{Secret}}","message":"the value is {{Secret}}"},"value":[{"id":"{{Secret}}"}]}""", ("x-ms-detail", Secret));

        var refused = await RefusedAsync();

        (refused + string.Concat(_log.All)).ShouldNotContain(Secret[6..]);
        (refused + string.Concat(_log.All)).ShouldNotContain(FakeIdentity.Token);
    }

    [Fact]
    public async Task Fault_69_an_identity_s_failure_does_not_tell_the_token()
    {
        var refused = await Should.ThrowAsync<SecretUnavailableException>(_vault.Store(_log, identity: new FakeIdentity { IsMissing = true }).FindAsync("papr", CancellationToken.None).AsTask());

        (refused + string.Concat(_log.All)).ShouldNotContain(FakeIdentity.Token);
    }

    [Fact]
    public async Task Fault_69_no_part_of_what_was_read_shows_its_value()
    {
        _vault.Put("papr", Secret);
        var answer = await _vault.Reader().ReadAsync("papr", [], usable => usable);
        var found = answer.ShouldBeOfType<VaultAnswer.Found>();
        var version = found.Versions.ShouldHaveSingleItem();
        version.Value.Reveal().ShouldBe(Secret);

        foreach (var text in new[] { found.ToString(), version.ToString(), JsonSerializer.Serialize(version), new CachedSecret.Knowledge(found.Versions, null, 0, IsStale: false).ToString() })
            text.ShouldNotContain(Secret[6..]);
    }

    private async Task<SecretUnavailableException> RefusedAsync() =>
        await Should.ThrowAsync<SecretUnavailableException>(_vault.Store(_log).FindAsync("papr", CancellationToken.None).AsTask());
}
