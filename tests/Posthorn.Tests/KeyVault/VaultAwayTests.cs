using System.Net;
using Microsoft.Extensions.Time.Testing;
using Posthorn.KeyVault;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.KeyVault;

/// <summary>A vault that does not answer, or answers that it will not.</summary>
public sealed class VaultAwayTests : IDisposable
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static readonly TimeSpan CacheFor = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private readonly FakeTimeProvider _clock = new(Given.Now);
    private readonly FakeVault _vault;
    private readonly FakeIdentity _identity = new();
    private readonly LogLines _log = new();
    private readonly KeyVaultSecretStore _store;

    public VaultAwayTests()
    {
        _vault = new FakeVault(_clock);
        _store = _vault.Store(_log, CacheFor, identity: _identity);
    }

    /// <summary>The ways in which a vault is away, and what is said of each.</summary>
    public static TheoryData<string, string> Ways => new()
    {
        { "refused", "Key Vault cannot be reached" }, { "reset", "Key Vault cannot be reached" }, { "500", "Key Vault answers 500" }, { "503", "Key Vault answers 503" },
        { "429", "Key Vault throttles this worker (429)" }, { "401", "Key Vault answers 401" }, { "hangs", "did not answer within 00:00:10" },
        { "html", "Key Vault did not answer" }, { "null", "Key Vault did not answer" }, { "no token", "no token for Key Vault (CredentialUnavailableException)" },
    };

    public void Dispose() => _vault.Dispose();

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task While_it_is_away_the_value_of_before_goes_on_without_an_end(string way, string said)
    {
        _vault.Put("papr", Secret);
        (await ValuesAsync()).ShouldBe([Secret]);

        Break(way);
        for (var day = 0; day < 10; day++)
        {
            _clock.Advance(TimeSpan.FromDays(1));
            (await _clock.RunUntilAsync(ValuesAsync(), Step)).ShouldBe([Secret]);
        }

        await _clock.RunUntilAsync(() => _log.All.Count > 0, Step);
        _log.All.ShouldHaveSingleItem().ShouldContain(said);
        _log.All[0].ShouldStartWith("Warning KeyVaultAway: The secret 'papr' cannot be asked for: ");
        _log.All[0].ShouldEndWith("the value of before goes on");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Fault_55_while_it_is_away_and_there_is_no_value_the_secret_is_unavailable(string way, string said)
    {
        _vault.Put("papr", Secret);
        Break(way);

        var refused = await Should.ThrowAsync<SecretUnavailableException>(_clock.RunUntilAsync(ValuesAsync(), Step));

        refused.Message.ShouldContain(said);
        _log.All.ShouldHaveSingleItem().ShouldEndWith("and there is no value of before");
        await Should.ThrowAsync<SecretUnavailableException>(ValuesAsync());
        Mend();
        _clock.Advance(TimeSpan.FromSeconds(15));
        (await ValuesAsync()).ShouldBe([Secret]);
        _log.All[^1].ShouldBe("Information KeyVaultBack: Key Vault answers again for the secret 'papr'");
    }

    [Theory]
    [InlineData("refused")]
    [InlineData("500")]
    [InlineData("429")]
    [InlineData("html")]
    public async Task However_often_it_is_needed_a_vault_that_is_away_is_asked_every_fifteen_seconds(string way)
    {
        _vault.Put("papr", Secret);
        await ValuesAsync();
        Break(way);
        _clock.Advance(CacheFor);
        var before = _vault.Questions.Count;

        for (var second = 0; second < 300; second++)
        {
            for (var i = 0; i < 10; i++) (await ValuesAsync()).ShouldBe([Secret]);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        (_vault.Questions.Count - before).ShouldBeInRange(20, 2 * 20, "once, and once more in place");
    }

    [Fact]
    public async Task With_no_value_it_is_asked_no_more_often()
    {
        Break("503");

        for (var second = 0; second < 300; second++)
        {
            for (var i = 0; i < 10; i++) await Should.ThrowAsync<SecretUnavailableException>(ValuesAsync());
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        _vault.Questions.Count.ShouldBeInRange(20, 2 * 20);
    }

    [Fact]
    public async Task A_vault_that_says_when_to_come_again_is_left_alone_until_then()
    {
        _vault.Put("papr", Secret);
        await ValuesAsync();
        _clock.Advance(CacheFor);
        _vault.Answers(HttpStatusCode.TooManyRequests, "", ("Retry-After", "60"));
        var before = _vault.Questions.Count;

        (await ValuesAsync()).ShouldBe([Secret]);
        _clock.Advance(TimeSpan.FromSeconds(59));
        (await ValuesAsync()).ShouldBe([Secret]);
        _vault.Questions.Count.ShouldBe(before + 1);
        Mend();
        _clock.Advance(TimeSpan.FromSeconds(1));
        await ValuesAsync();

        _vault.Questions.Count.ShouldBe(before + 2);
    }

    [Fact]
    public async Task Nor_may_it_send_us_away_for_ever()
    {
        _vault.Put("papr", Secret);
        _vault.Answers(HttpStatusCode.ServiceUnavailable, "", ("Retry-After", "86400"));
        await Should.ThrowAsync<SecretUnavailableException>(ValuesAsync());
        Mend();

        _clock.Advance(TimeSpan.FromMinutes(5));

        (await ValuesAsync()).ShouldBe([Secret]);
    }

    [Fact]
    public async Task A_fault_of_the_moment_is_met_with_one_more_question()
    {
        _vault.Put("papr", Secret);
        var times = 0;
        _vault.Trouble = _ =>
        {
            _vault.Trouble = null;
            times++;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable));
        };

        (await ValuesAsync()).ShouldBe([Secret]);

        times.ShouldBe(1);
        _log.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Whoever_has_a_value_waits_two_seconds_for_a_vault_that_hangs_and_no_longer()
    {
        _vault.Put("papr", Secret);
        await ValuesAsync();
        Break("hangs");
        _clock.Advance(CacheFor);

        var first = ValuesAsync();
        await _clock.RunUntilAsync(() => _vault.Questions.Count == 3, TimeSpan.Zero);
        _clock.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        first.IsCompleted.ShouldBeFalse();
        _clock.Advance(TimeSpan.FromTicks(1));

        (await first).ShouldBe([Secret]);
        var second = ValuesAsync();
        (await second.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBe([Secret], "it comes in the middle of that question");
        _vault.Questions.Count.ShouldBe(3);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_it_answered_late_is_used_from_then_on()
    {
        _vault.Put("papr", "old");
        await ValuesAsync();
        _clock.Advance(CacheFor);
        _vault.Put("papr", "new");
        var gate = new TaskCompletionSource();
        _vault.Gate = gate.Task;

        var first = ValuesAsync();
        await _clock.RunUntilAsync(() => _vault.Questions.Count == 3, TimeSpan.Zero);
        _clock.Advance(TimeSpan.FromSeconds(2));
        (await first).ShouldBe(["old"]);
        gate.SetResult();

        await _clock.RunUntilAsync(() => _vault.Questions.Count == 4, TimeSpan.Zero);
        var values = await ValuesAsync();
        for (; values.Count < 2; values = await ValuesAsync()) await Task.Yield();
        values.ShouldBe(["new", "old"]);
    }

    private void Break(string way)
    {
        _identity.IsMissing = way == "no token";
        if (way == "refused") _vault.Trouble = _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
        else if (way == "reset") _vault.Trouble = _ => throw new IOException("Connection reset by peer");
        else if (way == "hangs") _vault.Trouble = HangAsync;
        else if (way == "html") _vault.Answers(HttpStatusCode.OK, $"<html>{Secret}</html>");
        else if (way == "null") _vault.Answers(HttpStatusCode.OK, $"{{\"value\":[null,\"{Secret}\"]}}");
        else if (way != "no token") _vault.Answers(Enum.Parse<HttpStatusCode>(way), $"{{\"error\":{{\"code\":\"{Secret}\",\"message\":\"{Secret}\"}}}}");
    }

    private void Mend() => (_vault.Trouble, _identity.IsMissing) = (null, false);

    private static async Task<HttpResponseMessage> HangAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        return new HttpResponseMessage();
    }

    private async Task<IReadOnlyList<string>> ValuesAsync() => [.. (await _store.FindAsync("papr", CancellationToken.None)).Select(secret => secret.Reveal())];
}
