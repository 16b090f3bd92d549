using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Delivery;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Sending;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.KeyVault;

/// <summary>From a leased message whose secrets are in a vault to a settled lease, with the receiver and the vault inside the process.</summary>
public sealed class KeyVaultDeliveryTests : IAsyncLifetime
{
    private const string Old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string New = "whsec_Y2FmZWNhZmVjYWZlY2FmZWNhZmVjYWZlY2FmZQ==";
    private static readonly TimeSpan CacheFor = TimeSpan.FromMinutes(5);
    private readonly Parts _parts = new();
    private readonly FakeVault _vault;
    private readonly LogLines _log = new();
    private readonly DeliveryHandler _handler;

    public KeyVaultDeliveryTests()
    {
        _vault = new FakeVault(_parts.Clock);
        var credentials = new CredentialResolver(_parts.Sealer, new SecretStores(_vault.Store(_log, CacheFor)));
        var sender = new WebhookSender(new HttpMessageInvoker(_parts.Receiver), credentials, Given.Development, _parts.Clock);
        _handler = new DeliveryHandler(
            new EnvelopeReader(Given.Builder()), _parts.Gate, _parts.Lanes, sender, new DeliveryPolicy(new Random(1), TimeSpan.FromHours(1)),
            new RecentOutcomes(), _parts.Journal, _parts.Clock, NullLogger<DeliveryHandler>.Instance);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _parts.DisposeAsync();
        _vault.Dispose();
    }

    [Fact]
    public async Task A_delivery_is_signed_with_the_vault_s_secret_and_carries_its_token()
    {
        _vault.Put("papr", Old);
        _vault.Put("token", "a-bearer-token");

        (await HandledAsync(bearer: "keyvault:token")).ShouldBeOfType<Settlement.Completed>();

        var request = _parts.Receiver.Requests.ShouldHaveSingleItem();
        Signatures(request).ShouldBe([SignatureOf(request, Old)]);
        request.Headers["Authorization"].ShouldBe("Bearer a-bearer-token");
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    public async Task Fault_55_what_the_vault_does_not_give_is_tried_again_and_nothing_leaves_unsigned(HttpStatusCode status)
    {
        _vault.Answers(status);

        var retried = (await HandledAsync()).ShouldBeOfType<Settlement.Retried>();

        (retried.Attempt.Error, retried.DueAt > Given.Now).ShouldBe(("SecretUnavailable", true));
        _parts.Receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_55_a_vault_that_hangs_is_waited_for_and_the_attempt_is_made_again()
    {
        _vault.Trouble = async hangs =>
        {
            await Task.Delay(Timeout.Infinite, hangs);
            return new HttpResponseMessage();
        };

        var retried = (await _parts.Clock.RunUntilAsync(HandledAsync(), TimeSpan.FromMilliseconds(100))).ShouldBeOfType<Settlement.Retried>();

        retried.Attempt.Error.ShouldBe("SecretUnavailable");
        _parts.Receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_55_a_secret_that_comes_while_it_is_waited_for_signs_the_next_attempt()
    {
        var retried = (await HandledAsync()).ShouldBeOfType<Settlement.Retried>();
        _vault.Put("papr", Old);
        _parts.Clock.Advance(TimeSpan.FromSeconds(15));

        (await HandledAsync(DeliveryProgress.None.After(retried.Attempt))).ShouldBeOfType<Settlement.Completed>();

        var request = _parts.Receiver.Requests.ShouldHaveSingleItem();
        Signatures(request).ShouldBe([SignatureOf(request, Old)]);
    }

    [Fact]
    public async Task Fault_55_a_secret_that_is_missing_to_the_end_is_a_dead_letter_that_says_what_to_do()
    {
        var attempts = Given.Profile("standard").Retry.Delays.Count;
        var dead = (await HandledAsync(new DeliveryProgress { AttemptsMade = attempts })).ShouldBeOfType<Settlement.Dead>();

        dead.Reason.ShouldBe(DeadLetterReason.SecretUnavailable);
        dead.Description.ShouldContain("Key Vault has no secret 'papr'");
        dead.Description.ShouldContain(FakeVault.Url.ToString());
        _parts.Receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_55_a_vault_that_goes_away_holds_no_delivery_up_whose_secret_is_known()
    {
        _vault.Put("papr", Old);
        await HandledAsync();
        _vault.Trouble = _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused");
        _parts.Clock.Advance(TimeSpan.FromDays(3));

        (await HandledAsync(id: "evt_2")).ShouldBeOfType<Settlement.Completed>();

        var request = _parts.Receiver.Requests[^1];
        Signatures(request).ShouldBe([SignatureOf(request, Old)]);
    }

    [Fact]
    public async Task Fault_56_after_a_rotation_in_the_vault_the_next_attempt_signs_with_the_new_version_and_for_a_day_with_the_old_one()
    {
        _vault.Put("papr", Old, made: Given.Now.AddDays(-30));
        _parts.Receiver.Answer = _ => (HttpStatusCode.InternalServerError, "");
        var retried = (await HandledAsync()).ShouldBeOfType<Settlement.Retried>();
        _vault.Put("papr", New);
        _parts.Receiver.Answer = _ => (HttpStatusCode.OK, "");
        _parts.Clock.Advance(CacheFor);

        (await HandledAsync(DeliveryProgress.None.After(retried.Attempt))).ShouldBeOfType<Settlement.Completed>();
        _parts.Clock.Advance(TimeSpan.FromDays(1));
        (await HandledAsync(id: "evt_2")).ShouldBeOfType<Settlement.Completed>();

        var requests = _parts.Receiver.Requests;
        Signatures(requests[0]).ShouldBe([SignatureOf(requests[0], Old)]);
        Signatures(requests[1]).ShouldBe([SignatureOf(requests[1], New), SignatureOf(requests[1], Old)]);
        Signatures(requests[2]).ShouldBe([SignatureOf(requests[2], New)]);
    }

    [Fact]
    public async Task Fault_69_a_receiver_that_sends_the_vault_s_secrets_back_is_not_quoted()
    {
        _vault.Put("papr", Old);
        _vault.Put("token", "a-bearer-token");
        _parts.Receiver.Answer = request => (HttpStatusCode.BadRequest, $"your key is {Old}, your token {request.Headers["Authorization"]}");

        var settled = await HandledAsync(bearer: "keyvault:token");

        var told = settled + string.Concat(_log.All);
        told.ShouldContain("your key is ***");
        told.ShouldNotContain(Old[6..]);
        told.ShouldNotContain("a-bearer-token");
    }

    private async Task<Settlement?> HandledAsync(DeliveryProgress? progress = null, string id = "evt_1", string? bearer = null)
    {
        var envelope = Given.Envelope() with { Id = id, Destination = new Destination { Url = new Uri("https://example.com/hook"), SecretRef = "keyvault:papr", BearerTokenRef = bearer } };
        var lease = new FakeLease(EnvelopeProperties.Write(envelope, default)) { Progress = progress ?? DeliveryProgress.None };
        await _handler.HandleAsync(lease, CancellationToken.None);
        return lease.Settled;
    }

    private static string[] Signatures(FakeReceiver.Request request) => request.Headers["webhook-signature"].Split(' ');

    /// <summary>Standard Webhooks 1.0, 'Signature scheme', counted out here.</summary>
    private static string SignatureOf(FakeReceiver.Request request, string secret)
    {
        var content = Encoding.UTF8.GetBytes($"{request.Headers["webhook-id"]}.{request.Headers["webhook-timestamp"]}.{request.Text}");
        return $"v1,{Convert.ToBase64String(System.Security.Cryptography.HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), content))}";
    }
}
