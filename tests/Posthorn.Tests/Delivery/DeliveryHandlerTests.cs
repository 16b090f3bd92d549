using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Delivery;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Delivery;

/// <summary>From a leased message to a settled lease, with a receiver inside the process.</summary>
public sealed class DeliveryHandlerTests : IAsyncLifetime
{
    private readonly Parts _parts = new();
    private readonly DeliveryHandler _handler;

    public DeliveryHandlerTests() => _handler = new DeliveryHandler(
        new EnvelopeReader(Given.Builder()), _parts.Gate, _parts.Lanes, _parts.Sender, new DeliveryPolicy(new Random(1), TimeSpan.FromHours(1)),
        new RecentOutcomes(), _parts.Journal, _parts.Clock, NullLogger<DeliveryHandler>.Instance);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    [Fact]
    public async Task A_delivery_that_is_taken_is_done_and_in_the_log()
    {
        await _parts.WithAsync(Given.Endpoint());

        (await HandledAsync(To("wh_1"))).ShouldBeOfType<Settlement.Completed>();

        _parts.Receiver.Requests.ShouldHaveSingleItem().Url.ShouldBe(Given.Secrets().Url);
        await _parts.FlushAsync();
        var delivery = _parts.Log.Deliveries.ShouldHaveSingleItem();
        (delivery.DeliveryId, delivery.EventId, delivery.State, delivery.Status, delivery.Attempts.Count).ShouldBe(("evt_1.wh_1", "evt_1", DeliveryState.Delivered, 200, 1));
    }

    [Fact]
    public async Task Fault_16_a_passed_deadline_is_dead_and_no_request_is_made()
    {
        await _parts.WithAsync(Given.Endpoint());

        var dead = (await HandledAsync(To("wh_1") with { ExpiresAt = Given.Now })).ShouldBeOfType<Settlement.Dead>();

        (dead.Reason, dead.Attempt).ShouldBe((DeadLetterReason.Expired, null));
        _parts.Receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fault_57_a_deleted_endpoint_is_dead_and_no_request_is_made()
    {
        await _parts.WithAsync();

        (await HandledAsync(To("wh_1"))).ShouldBeOfType<Settlement.Dead>().Reason.ShouldBe(DeadLetterReason.EndpointGone);

        _parts.Receiver.Requests.ShouldBeEmpty();
        await _parts.FlushAsync();
        var delivery = _parts.Log.Deliveries.ShouldHaveSingleItem();
        (delivery.State, delivery.Reason).ShouldBe((DeliveryState.DeadLettered, "EndpointGone"));
    }

    [Fact]
    public async Task Fault_55_what_cannot_be_signed_is_tried_again_and_no_request_is_made()
    {
        await _parts.WithAsync(Given.Endpoint() with { Sealed = "of another key ring" });

        var retried = (await HandledAsync(To("wh_1"))).ShouldBeOfType<Settlement.Retried>();

        retried.Attempt.Error.ShouldBe("SecretUnavailable");
        _parts.Receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pending_endpoint_s_delivery_waits_without_spending_an_attempt()
    {
        await _parts.WithAsync(Given.Endpoint(status: EndpointStatus.Pending));

        (await HandledAsync(To("wh_1"))).ShouldBe(new Settlement.Postponed(Given.Now.AddMinutes(1)));
        _parts.Receiver.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, DeliveryState.Delivered, null)]
    [InlineData(HttpStatusCode.InternalServerError, DeliveryState.Dropped, "Tested")]
    [InlineData(HttpStatusCode.Gone, DeliveryState.Dropped, "Tested")]
    public async Task A_test_is_tried_once_and_never_dead_lettered(HttpStatusCode status, DeliveryState state, string? reason)
    {
        _parts.Receiver.Answer = _ => (status, "no");
        await _parts.WithAsync(Given.Endpoint(status: EndpointStatus.Disabled), Given.Endpoint("wh_ops", "delivery.*,endpoint.*"));

        (await HandledAsync(To("wh_1") with { IsTest = true })).ShouldBeOfType<Settlement.Completed>();

        await _parts.FlushAsync();
        var delivery = _parts.Log.Deliveries.ShouldHaveSingleItem();
        (delivery.State, delivery.Reason, delivery.Status, delivery.Attempts.Count).ShouldBe((state, reason, (int)status, 1));
        _parts.Queue.Messages.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(HttpStatusCode.OK)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.Gone)]
    public async Task Fault_9_what_was_answered_before_the_lock_was_lost_is_settled_without_a_second_request(HttpStatusCode status)
    {
        _parts.Receiver.Answer = _ => (status, "");
        await _parts.WithAsync(Given.Endpoint());
        var message = EnvelopeProperties.Write(To("wh_1"), default);
        var lost = new FakeLease(message) { BeforeSettling = () => throw new LockLostException("it ran out") };
        await Should.ThrowAsync<LockLostException>(_handler.HandleAsync(lost, CancellationToken.None));
        await _parts.FlushAsync();
        _parts.Log.Deliveries.ShouldBeEmpty("it is not settled yet");

        var again = new FakeLease(message) { DeliveryCount = 2 };
        await _handler.HandleAsync(again, CancellationToken.None);

        _parts.Receiver.Requests.ShouldHaveSingleItem();
        var settlement = again.Settled.ShouldNotBeNull();
        (settlement switch { Settlement.Completed => 200, Settlement.Retried => 500, Settlement.Dead => 410, _ => 0 }).ShouldBe((int)status);
        await _parts.FlushAsync();
        _parts.Log.Deliveries.ShouldHaveSingleItem().Attempts.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Fault_8_what_was_answered_while_the_queue_was_away_is_settled_without_a_second_request()
    {
        await _parts.WithAsync(Given.Endpoint());
        var message = EnvelopeProperties.Write(To("wh_1"), default);
        var lost = new FakeLease(message) { BeforeSettling = () => throw new QueueUnavailableException("away") };
        await Should.ThrowAsync<QueueUnavailableException>(_handler.HandleAsync(lost, CancellationToken.None));

        var again = new FakeLease(message) { DeliveryCount = 2 };
        await _handler.HandleAsync(again, CancellationToken.None);

        again.Settled.ShouldBeOfType<Settlement.Completed>();
        _parts.Receiver.Requests.ShouldHaveSingleItem();
    }

    private static Envelope To(string endpoint) => EndpointEnvelope.Of(Given.Event(), Given.Endpoint(endpoint), Given.Profile("standard"), deadline: null);

    private async Task<Settlement?> HandledAsync(Envelope envelope)
    {
        var lease = new FakeLease(EnvelopeProperties.Write(envelope, default));
        await _handler.HandleAsync(lease, CancellationToken.None);
        return lease.Settled;
    }
}
