using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Delivery;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Sending;
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
    public async Task Fault_16_what_expired_untried_says_what_others_met_at_its_destination_but_no_word_of_their_answers()
    {
        await _parts.WithAsync(Given.Endpoint());
        _parts.Receiver.Answer = _ => (HttpStatusCode.ServiceUnavailable, "about somebody else");
        (await HandledAsync(To("wh_1"))).ShouldBeOfType<Settlement.Retried>();

        var dead = (await HandledAsync(To("wh_1") with { Id = "evt_2", ExpiresAt = Given.Now })).ShouldBeOfType<Settlement.Dead>();

        dead.Reason.ShouldBe(DeadLetterReason.Expired);
        var others = dead.Attempt.ShouldNotBeNull();
        (others.Number, others.Status, others.IsOfOthers).ShouldBe((0, 503, true));
        dead.Description.ShouldEndWith("others met HTTP 503");
        (dead.Description + others.Detail).ShouldNotContain("somebody else");
        var progress = DeliveryProgress.None.After(others);
        (progress.AttemptsMade, progress.NextAttempt, LastAttempt.Of(progress).Status).ShouldBe((0, 1, 503), "it is no attempt of its own");
    }

    [Theory]
    [InlineData(true, 0)] // Its destination answers by now.
    [InlineData(false, 1)] // It was tried itself.
    public async Task Fault_16_what_expired_says_nothing_of_others_where_that_is_not_the_cause(bool answers, int attemptsMade)
    {
        await _parts.WithAsync(Given.Endpoint());
        _parts.Receiver.Answer = _ => (HttpStatusCode.ServiceUnavailable, "");
        await HandledAsync(To("wh_1"));
        if (answers) _parts.Receiver.Answer = _ => (HttpStatusCode.OK, "");
        if (answers) await HandledAsync(To("wh_1") with { Id = "evt_2" });

        var lease = new FakeLease(EnvelopeProperties.Write(To("wh_1") with { Id = "evt_3", ExpiresAt = Given.Now }, default)) { Progress = new DeliveryProgress { AttemptsMade = attemptsMade } };
        await _handler.HandleAsync(lease, CancellationToken.None);

        lease.Settled.ShouldBeOfType<Settlement.Dead>().Attempt.ShouldBeNull();
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

    [Fact]
    public async Task What_was_replayed_waits_for_its_turn_behind_fresh_mail()
    {
        var answers = new TaskCompletionSource<SendResult>[] { new(), new() };
        var held = answers.Select(answer => _parts.Lanes.PassAsync(Given.Envelope().Destination, isRetry: false, _ => answer.Task, CancellationToken.None)).ToList();
        var replayed = HandleAsync("replayed", 1, new DeliveryProgress { Replays = 1 });
        var fresh = HandleAsync("fresh", 2, DeliveryProgress.None);
        (replayed.IsCompleted, fresh.IsCompleted).ShouldBe((false, false));

        foreach (var answer in answers) answer.SetResult(new SendResult.Failed(SendError.Timeout, "no answer") { StartedAt = Given.Now, Duration = TimeSpan.Zero }); // One turn is left.

        await _parts.Clock.RunUntilAsync(Task.WhenAll([.. held, replayed, fresh]), TimeSpan.FromTicks(1));
        _parts.Receiver.Requests.Select(request => request.Headers["webhook-id"]).ShouldBe(["fresh", "replayed"]);
    }

    [Fact]
    public async Task Fresh_mail_of_a_lane_that_does_not_move_comes_back_before_what_was_replayed()
    {
        var never = new TaskCompletionSource<SendResult>();
        for (var i = 0; i < 2; i++) _ = _parts.Lanes.PassAsync(Given.Envelope().Destination, isRetry: false, _ => never.Task, CancellationToken.None);
        _parts.Clock.Advance(TimeSpan.FromSeconds(5));

        var replayed = await Task.WhenAll(Enumerable.Range(1, 500).Select(i => PostponedAsync(i, new DeliveryProgress { Replays = 1 })));
        var fresh = await PostponedAsync(501, DeliveryProgress.None);

        fresh.ShouldBeLessThan(replayed.Max());

        async Task<DateTimeOffset> PostponedAsync(long sequence, DeliveryProgress progress) =>
            (await HandleAsync($"evt_{sequence}", sequence, progress, deadline: Given.Now.AddHours(1))).ShouldBeOfType<Settlement.Postponed>().Until;
    }

    private static Envelope To(string endpoint) => EndpointEnvelope.Of(Given.Event(), Given.Endpoint(endpoint), Given.Profile("standard"), deadline: null);

    private async Task<Settlement?> HandledAsync(Envelope envelope)
    {
        var lease = new FakeLease(EnvelopeProperties.Write(envelope, default));
        await _handler.HandleAsync(lease, CancellationToken.None);
        return lease.Settled;
    }

    private async Task<Settlement?> HandleAsync(string id, long sequence, DeliveryProgress progress, DateTimeOffset? deadline = null)
    {
        var lease = new FakeLease(EnvelopeProperties.Write(Given.Envelope(expiresAt: deadline) with { Id = id }, default)) { SequenceNumber = sequence, Progress = progress };
        await _handler.HandleAsync(lease, CancellationToken.None);
        return lease.Settled;
    }
}
