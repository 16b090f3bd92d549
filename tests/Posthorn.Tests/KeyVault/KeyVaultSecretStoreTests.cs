using System.Net;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Envelopes;
using Posthorn.KeyVault;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.KeyVault;

/// <summary>How a value comes out of the vault, how long it is used, and who waits for it.</summary>
public sealed class KeyVaultSecretStoreTests : IDisposable
{
    private const string List = "GET /secrets/papr/versions";
    private static readonly TimeSpan CacheFor = new KeyVaultOptions().CacheFor;
    private readonly FakeTimeProvider _clock = new(Given.Now);
    private readonly FakeVault _vault;

    public KeyVaultSecretStoreTests() => _vault = new FakeVault(_clock);

    public void Dispose() => _vault.Dispose();

    [Fact]
    public async Task A_value_is_read_once_and_used_for_cacheFor()
    {
        _vault.Put("papr", "one");
        var store = _vault.Store();

        (await ValuesAsync(store)).ShouldBe(["one"]);
        _clock.Advance(CacheFor - TimeSpan.FromTicks(1));
        (await ValuesAsync(store)).ShouldBe(["one"]);

        _vault.Questions.ShouldBe([List, $"GET /secrets/papr/{1:x32}"]);
    }

    [Fact]
    public async Task After_cacheFor_its_versions_are_read_again_and_no_value_that_is_known()
    {
        _vault.Put("papr", "one");
        var store = _vault.Store();
        await ValuesAsync(store);

        _clock.Advance(CacheFor);
        (await ValuesAsync(store)).ShouldBe(["one"]);

        _vault.Questions.ShouldBe([List, $"GET /secrets/papr/{1:x32}", List]);
    }

    [Fact]
    public async Task The_setting_says_how_long_a_value_is_used()
    {
        _vault.Put("papr", "one");
        var store = _vault.Store(cacheFor: TimeSpan.FromSeconds(3));
        await ValuesAsync(store);

        _clock.Advance(TimeSpan.FromSeconds(2));
        await ValuesAsync(store);
        _vault.Questions.Count(question => question == List).ShouldBe(1);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await ValuesAsync(store);

        _vault.Questions.Count(question => question == List).ShouldBe(2);
    }

    [Fact]
    public async Task A_hundred_who_ask_at_once_are_one_question()
    {
        _vault.Put("papr", "one");
        var gate = new TaskCompletionSource();
        _vault.Gate = gate.Task;
        var store = _vault.Store();

        var asks = Enumerable.Range(0, 100).Select(_ => ValuesAsync(store)).ToList();
        asks.ShouldAllBe(ask => !ask.IsCompleted);
        gate.SetResult();

        (await Task.WhenAll(asks)).ShouldAllBe(values => values.Single() == "one");
        _vault.Questions.ShouldBe([List, $"GET /secrets/papr/{1:x32}"]);
    }

    [Fact]
    public async Task A_name_in_another_case_is_the_same_secret()
    {
        _vault.Put("papr", "one");
        var store = _vault.Store();
        await ValuesAsync(store);

        (await ValuesAsync(store, "PAPR")).ShouldBe(["one"]);

        _vault.Questions.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Who_leaves_does_not_end_the_question_of_those_who_stay()
    {
        _vault.Put("papr", "one");
        var gate = new TaskCompletionSource();
        _vault.Gate = gate.Task;
        var store = _vault.Store();
        using var impatience = new CancellationTokenSource();
        var leaves = store.FindAsync("papr", impatience.Token).AsTask();
        var stays = ValuesAsync(store);

        await impatience.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(leaves);
        gate.SetResult();

        (await stays).ShouldBe(["one"]);
        _vault.Questions.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", KeyEncoding.Whsec)]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", KeyEncoding.Base64)]
    [InlineData("a text with spaces, and an é", KeyEncoding.Utf8)]
    public async Task A_value_is_the_key_that_it_would_be_in_the_configuration(string value, KeyEncoding encoding)
    {
        _vault.Put("papr", value);
        var configured = (await new ConfigSecretStore(Given.Configuration(("secrets:papr", value))).FindAsync("papr", CancellationToken.None)).Single();

        var secret = (await _vault.Store().FindAsync("papr", CancellationToken.None)).Single();

        KeyEncodings.TryDecode(secret, encoding, out var key, out _).ShouldBeTrue();
        KeyEncodings.TryDecode(configured, encoding, out var expected, out _).ShouldBeTrue();
        key.ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a_b")]
    [InlineData("a.b")]
    [InlineData("a/b")]
    [InlineData("../keys/x")]
    [InlineData("a?b")]
    [InlineData("é")]
    public async Task A_name_that_no_secret_can_have_is_refused_and_the_vault_is_not_asked(string name)
    {
        (await RefusalAsync(_vault.Store(), name)).ShouldBe("Key Vault has no secret of such a name; accepted: 1 to 127 of 0-9, a-z, A-Z and -");
        _vault.Questions.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_longest_name_has_127_characters()
    {
        var longest = new string('a', 127);
        _vault.Put(longest, "one");

        (await ValuesAsync(_vault.Store(), longest)).ShouldBe(["one"]);
        (await RefusalAsync(_vault.Store(), longest + "a")).ShouldStartWith("Key Vault has no secret of such a name");
    }

    [Theory]
    [InlineData("keyvault:")]
    [InlineData("keyvault:a_b")]
    [InlineData("keyvault:../a")]
    [InlineData("Keyvault:papr")]
    [InlineData("keyvault:a-very-secret-value!")]
    public async Task A_reference_that_is_none_is_refused_where_it_enters_and_where_it_is_followed(string reference)
    {
        var stores = new SecretStores(_vault.Store());

        var problem = stores.Problems(new Destination { Url = new Uri("https://example.com/"), SecretRef = reference }).ShouldHaveSingleItem();
        var followed = await Should.ThrowAsync<SecretUnavailableException>(async () => await stores.FollowAsync(reference, CancellationToken.None));

        (problem.Path, problem.Detail).ShouldBe(("$.destination.secret_ref", SecretReference.Problem));
        followed.Message.ShouldContain("keyvault:NAME");
        (problem.Detail + followed.Message).ShouldNotContain("very-secret");
        _vault.Questions.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_secret_that_seals_the_queue_signs_for_nobody()
    {
        _vault.Put("sealing-key", "the key of all");

        (await RefusalAsync(_vault.Store(withheld: "sealing-key"), "Sealing-Key")).ShouldContain("seals the queue");

        _vault.Questions.ShouldBeEmpty();
    }

    [Fact]
    public async Task Rubbish_names_make_room_for_those_that_have_a_value()
    {
        _vault.Put("papr", "one");
        var store = _vault.Store(cacheFor: TimeSpan.FromDays(1));
        await ValuesAsync(store);
        for (var i = 0; i < 1100; i++, _clock.Advance(TimeSpan.FromMilliseconds(1))) await RefusalAsync(store, $"absent-{i}");
        var asked = _vault.Questions.Count;

        (await ValuesAsync(store)).ShouldBe(["one"]);

        _vault.Questions.Count.ShouldBe(asked, "it was not forgotten");
        _vault.Answers(HttpStatusCode.NotFound);
        await RefusalAsync(store, "absent-1");
        _vault.Questions.Count.ShouldBe(asked + 1, "it was");
    }

    private static async Task<IReadOnlyList<string>> ValuesAsync(KeyVaultSecretStore store, string name = "papr") =>
        [.. (await store.FindAsync(name, CancellationToken.None)).Select(secret => secret.Reveal())];

    private static async Task<string> RefusalAsync(KeyVaultSecretStore store, string name) =>
        (await Should.ThrowAsync<SecretUnavailableException>(store.FindAsync(name, CancellationToken.None).AsTask())).Message;
}
