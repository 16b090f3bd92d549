using Posthorn.Delivery;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Sending;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Delivery;

public sealed class DeliveryGateTests : IAsyncLifetime
{
    private readonly Parts _parts = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    [Fact]
    public async Task A_notification_that_names_its_destination_goes_where_it_says()
    {
        var envelope = Given.Envelope();

        (await AdmitAsync(envelope)).ShouldBe(new Admission.Go(envelope));
    }

    [Fact]
    public async Task A_delivery_goes_to_where_its_endpoint_is_now()
    {
        await _parts.WithAsync(Given.Endpoint() with { RateLimit = 7 });
        var destination = (await GoAsync(To("wh_1"))).Destination;

        destination.Url.ShouldBe(Given.Secrets().Url);
        (destination.Endpoint, destination.Lane, destination.RateLimit, destination.Secret).ShouldBe(("wh_1", "wh_1", 7, Given.Secrets().Secret));

        await _parts.WithAsync(Given.Endpoint(secrets: Given.Secrets("wh_moved") with { Headers = new Dictionary<string, string> { ["X-Env"] = "prod" } }));
        destination = (await GoAsync(To("wh_1"))).Destination;
        destination.Url.Host.ShouldBe("wh-moved.example");
        destination.Headers["X-Env"].ShouldBe("prod");
    }

    [Fact]
    public async Task Nobody_is_gone_before_the_endpoints_are_known() =>
        (await AdmitAsync(To("wh_1"))).ShouldBeOfType<Admission.Wait>().Until.ShouldBeGreaterThan(Given.Now);

    [Fact]
    public async Task Fault_57_an_endpoint_deleted_in_flight_makes_a_dead_letter()
    {
        await _parts.WithAsync(Given.Endpoint());
        await GoAsync(To("wh_1"));
        await _parts.WithAsync(Given.Endpoint(status: EndpointStatus.Deleted));

        DeadOf(await AdmitAsync(To("wh_1"))).ShouldBe(new Verdict.DeadLetter(DeadLetterReason.EndpointGone, "the endpoint wh_1 was deleted"));
    }

    [Fact]
    public async Task Fault_57_an_endpoint_disabled_in_flight_makes_a_dead_letter_that_says_why()
    {
        await _parts.WithAsync(Given.Endpoint(status: EndpointStatus.Disabled) with { DisabledReason = "its owner disabled it" });

        DeadOf(await AdmitAsync(To("wh_1"))).ShouldBe(new Verdict.DeadLetter(DeadLetterReason.EndpointGone, "the endpoint wh_1 is disabled: its owner disabled it"));
    }

    [Fact]
    public async Task A_delivery_waits_for_an_endpoint_to_be_verified_up_to_its_deadline()
    {
        await _parts.WithAsync(Given.Endpoint(status: EndpointStatus.Pending));

        (await AdmitAsync(To("wh_1"))).ShouldBeOfType<Admission.Wait>().Until.ShouldBe(Given.Now.AddMinutes(1));
        DeadOf(await AdmitAsync(To("wh_1") with { ExpiresAt = Given.Now })).Reason.ShouldBe(DeadLetterReason.Expired);
    }

    [Theory]
    [InlineData(EndpointStatus.Active)]
    [InlineData(EndpointStatus.Pending)]
    [InlineData(EndpointStatus.Disabled)]
    public async Task A_test_goes_whatever_the_endpoint_s_status(EndpointStatus status)
    {
        await _parts.WithAsync(Given.Endpoint(status: status));

        (await GoAsync(To("wh_1") with { IsTest = true })).Destination.Url.ShouldBe(Given.Secrets().Url);
    }

    [Fact]
    public async Task A_test_is_never_a_dead_letter()
    {
        await _parts.WithAsync(Given.Endpoint());

        VerdictOf(await AdmitAsync(To("wh_deleted") with { IsTest = true })).ShouldBeOfType<Verdict.Drop>().Description.ShouldContain("deleted");
        VerdictOf(await AdmitAsync(To("wh_1") with { IsTest = true, ExpiresAt = Given.Now })).ShouldBeOfType<Verdict.Drop>();
    }

    [Theory]
    [InlineData("standard", "Expired")]
    [InlineData("proposal", "dropped as Expired")]
    public async Task Fault_16_a_passed_deadline_is_not_sent(string profile, string meaning)
    {
        await _parts.WithAsync(Given.Endpoint(profile: profile));
        var expired = To("wh_1", profile) with { ExpiresAt = Given.Now.AddSeconds(1) };
        await GoAsync(expired);
        _parts.Clock.Advance(TimeSpan.FromSeconds(1));

        (VerdictOf(await AdmitAsync(expired)) switch { Verdict.DeadLetter dead => dead.Reason.Name, Verdict.Drop drop => $"dropped as {drop.Reason}", var other => $"{other}" }).ShouldBe(meaning);
    }

    [Fact]
    public async Task Fault_56_the_next_attempt_after_a_rotation_signs_with_the_new_secret_and_for_a_day_with_the_old_one()
    {
        await _parts.WithAsync(Given.Endpoint());
        var old = Given.Secrets().Secret.ShouldNotBeNull();
        var rotated = await _parts.Registry.RotateSecretAsync("wh_1", given: null, CancellationToken.None);
        var fresh = rotated.ShouldBeOfType<EndpointOutcome.Done>().Secret.ShouldNotBeNull();

        (await SignedAsync(fresh), await SignedAsync(old)).ShouldBe((SignatureVerdict.Verified, SignatureVerdict.Verified));
        _parts.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        (await SignedAsync(fresh), await SignedAsync(old)).ShouldBe((SignatureVerdict.Verified, SignatureVerdict.Verified));
        _parts.Clock.Advance(TimeSpan.FromSeconds(1));
        (await SignedAsync(fresh), await SignedAsync(old)).ShouldBe((SignatureVerdict.Verified, SignatureVerdict.Invalid));
    }

    [Fact]
    public async Task Fault_55_an_endpoint_whose_seal_cannot_be_opened_says_so_and_is_not_forgotten()
    {
        await _parts.WithAsync(Given.Endpoint() with { Sealed = "of another key ring" });

        var destination = (await GoAsync(To("wh_1"))).Destination;

        destination.SecretsMissing.ShouldNotBeNull();
        destination.Display.ShouldBe("https://wh-1.example/hook");
    }

    [Fact]
    public async Task The_first_event_of_a_window_is_sent_and_of_the_others_the_newest_at_its_end()
    {
        await _parts.WithAsync(Given.Endpoint(profile: "proposal"));
        await GoAsync(Progress(1));
        _parts.Clock.Advance(TimeSpan.FromSeconds(4));

        WaitOf(await AdmitAsync(Progress(2))).ShouldBe(Given.Now.AddSeconds(10));
        WaitOf(await AdmitAsync(Progress(3))).ShouldBe(Given.Now.AddSeconds(10));
        _parts.Clock.Advance(TimeSpan.FromSeconds(6));

        VerdictOf(await AdmitAsync(Progress(2))).ShouldBeOfType<Verdict.Drop>().Reason.ShouldBe("Throttled");
        await GoAsync(Progress(3));
        WaitOf(await AdmitAsync(Progress(4))).ShouldBe(Given.Now.AddSeconds(20));
    }

    [Fact]
    public async Task Which_event_is_the_newer_is_said_by_its_time_and_then_by_its_place_on_the_queue()
    {
        await _parts.WithAsync(Given.Endpoint(profile: "proposal"));
        await GoAsync(Progress(5, second: 30));

        VerdictOf(await AdmitAsync(Progress(9, second: 29))).ShouldBeOfType<Verdict.Drop>();
        VerdictOf(await AdmitAsync(Progress(4, second: 30))).ShouldBeOfType<Verdict.Drop>();
        WaitOf(await AdmitAsync(Progress(6, second: 30))).ShouldBe(Given.Now.AddSeconds(10));
        WaitOf(await AdmitAsync(Progress(1, second: 31))).ShouldBe(Given.Now.AddSeconds(10));
    }

    [Fact]
    public async Task What_was_attempted_once_is_not_held_back_when_it_is_tried_again()
    {
        await _parts.WithAsync(Given.Endpoint(profile: "proposal"));
        await GoAsync(Progress(1));

        (await _parts.Gate.AdmitAsync(Progress(1), new DeliveryProgress { AttemptsMade = 1 })).ShouldBeOfType<Admission.Go>();
        (await _parts.Gate.AdmitAsync(Progress(0), new DeliveryProgress { AttemptsMade = 1 })).ShouldBeOfType<Admission.Go>();
        _parts.Throttles.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task A_throttled_delivery_waits_while_the_store_is_away_and_spends_nothing()
    {
        await _parts.WithAsync(Given.Endpoint(profile: "proposal"));
        _parts.Throttles.IsAway = true;

        WaitOf(await AdmitAsync(Progress(1))).ShouldBe(Given.Now.AddSeconds(5));

        _parts.Throttles.IsAway = false;
        await GoAsync(Progress(1));
    }

    [Fact]
    public async Task A_stream_whose_profile_throttles_no_more_goes()
    {
        await _parts.WithAsync(Given.Endpoint());
        _parts.Throttles.IsAway = true;

        await GoAsync(To("wh_1") with { Stream = new EventStream("wh_1|job.progress|j", 1) });
    }

    private static Envelope To(string endpoint, string profile = "standard") =>
        EndpointEnvelope.Of(Given.Event("job.progress", """{"job_id":"j"}"""), Given.Endpoint(endpoint), Given.Profile(profile), deadline: null);

    private static Envelope Progress(long sequence, int second = 0) =>
        To("wh_1", "proposal") with { Stream = new EventStream("wh_1|job.progress|j", sequence), Time = $"2024-03-21T15:00:{second:00}Z" };

    private static Verdict VerdictOf(Admission admission) => admission.ShouldBeOfType<Admission.Settle>().Verdict;

    private static Verdict.DeadLetter DeadOf(Admission admission) => VerdictOf(admission).ShouldBeOfType<Verdict.DeadLetter>();

    private static DateTimeOffset WaitOf(Admission admission) => admission.ShouldBeOfType<Admission.Wait>().Until;

    private async Task<Admission> AdmitAsync(Envelope envelope) => await _parts.Gate.AdmitAsync(envelope, DeliveryProgress.None);

    private async Task<Envelope> GoAsync(Envelope envelope) => (await AdmitAsync(envelope)).ShouldBeOfType<Admission.Go>().Envelope;

    /// <summary>What a receiver with this secret says of the next attempt.</summary>
    private async Task<SignatureVerdict> SignedAsync(SigningSecret secret)
    {
        var envelope = await GoAsync(To("wh_1"));
        (await _parts.Sender.SendAsync(envelope, attempt: 1, CancellationToken.None)).ShouldBeOfType<SendResult.Answered>();
        var request = _parts.Receiver.Requests[^1];
        return SignatureVerifier.Verify(BuiltInProfiles.Standard, secret, name => request.Headers.GetValueOrDefault(name), request.Url, request.Body, _parts.Clock.GetUtcNow());
    }
}
