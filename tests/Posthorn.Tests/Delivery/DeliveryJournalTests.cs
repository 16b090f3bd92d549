using System.Text.Json;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Delivery;

public sealed class DeliveryJournalTests : IAsyncLifetime
{
    private static readonly Verdict.DeadLetter Exhausted = new(DeadLetterReason.RetriesExhausted, "attempt 3 of 3 failed: HTTP 500");
    private static readonly AttemptRecord Attempt = new() { Number = 3, At = Given.Now, DurationMs = 12, Status = 500 };
    private readonly Parts _parts = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    public static TheoryData<Verdict, DeliveryState, string?> Verdicts { get; } = new()
    {
        { new Verdict.Delivered(), DeliveryState.Delivered, null },
        { new Verdict.Retry(Given.Now.AddSeconds(5)), DeliveryState.Retrying, null },
        { Exhausted, DeliveryState.DeadLettered, "RetriesExhausted" },
        { new Verdict.Drop("Expired", "too late"), DeliveryState.Dropped, "Expired" },
    };

    [Theory]
    [MemberData(nameof(Verdicts))]
    public async Task A_verdict_is_in_the_log(Verdict verdict, DeliveryState state, string? reason)
    {
        await _parts.WithAsync(Given.Endpoint());
        _parts.Clock.Advance(TimeSpan.FromSeconds(1));

        await NoteAsync(verdict);

        await _parts.FlushAsync();
        var delivery = _parts.Log.Deliveries.ShouldHaveSingleItem();
        (delivery.DeliveryId, delivery.State, delivery.Reason, delivery.Status).ShouldBe(("evt_1.wh_1", state, reason, 500));
        (delivery.FirstAt, delivery.LastAt, delivery.NextAttemptAt).ShouldBe((Given.Now, Given.Now.AddSeconds(1), (verdict as Verdict.Retry)?.DueAt));
        delivery.Attempts.ShouldBe([Attempt]);
    }

    [Fact]
    public async Task A_dead_letter_is_told_to_who_subscribed_to_that()
    {
        await _parts.WithAsync(Given.Endpoint(), Given.Endpoint("wh_ops", "delivery.dead_lettered"));

        await NoteAsync(Exhausted, attemptsMade: 2);

        var told = Told().ShouldHaveSingleItem();
        (told.Type, told.IsOperational, told.Tenant).ShouldBe(("delivery.dead_lettered", true, null));
        using var data = JsonDocument.Parse(told.Data);
        data.RootElement.EnumerateObject().Where(field => field.Name != "timestamp").Select(field => $"{field.Name}={field.Value}").ShouldBe(
            [
                "type=delivery.dead_lettered", "endpoint_id=wh_1", "url=https://wh-1.example/hook", "delivery_id=evt_1.wh_1", "event_id=evt_1", "event_type=thing.happened",
                "reason=RetriesExhausted", "description=attempt 3 of 3 failed: HTTP 500", "attempts=3",
            ],
            ignoreOrder: true);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("endpoint.*")]
    [InlineData("thing.happened")]
    public async Task Who_did_not_subscribe_is_told_nothing(string events)
    {
        await _parts.WithAsync(Given.Endpoint(), Given.Endpoint("wh_ops", events));

        await NoteAsync(Exhausted);

        Told().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dead_letter_is_told_within_its_tenant()
    {
        await _parts.WithAsync(Given.Endpoint(tenant: "a"), Given.Endpoint("wh_ops", "delivery.*", tenant: "b"));
        await NoteAsync(Exhausted, tenant: "a");
        Told().ShouldBeEmpty();

        await _parts.WithAsync(Given.Endpoint("wh_ops", "delivery.*", tenant: "a"));
        await NoteAsync(Exhausted, tenant: "a");
        Told().ShouldHaveSingleItem().Tenant.ShouldBe("a");
    }

    [Theory]
    [InlineData("delivery.dead_lettered")]
    [InlineData("endpoint.disabled")]
    [InlineData("endpoint.recovered")]
    public async Task Fault_60_a_dead_operational_event_makes_no_other(string type)
    {
        await _parts.WithAsync(Given.Endpoint("wh_1", "delivery.*,endpoint.*"));

        await NoteAsync(Exhausted, type);

        Told().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_dead_notification_is_told_too()
    {
        await _parts.WithAsync(Given.Endpoint("wh_ops", "delivery.*"));
        var envelope = Given.Envelope();

        await _parts.Journal.NoteAsync(new FakeLease(EnvelopeProperties.Write(envelope, default)), envelope, Attempt, Exhausted);

        Told().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_queue_that_is_away_holds_no_delivery_up()
    {
        await _parts.WithAsync(Given.Endpoint("wh_ops", "delivery.*"));
        _parts.Queue.IsAway = true;

        await Should.NotThrowAsync(NoteAsync(Exhausted));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task A_notification_of_a_task_is_its_status_once(int attemptsMade, int statuses)
    {
        var envelope = Given.Envelope(Given.Profile("proposal")) with { Type = "job.completed" };
        envelope = envelope with { Body = envelope.Profile.Body.Compose("evt_1", "job.completed", envelope.Time, """{"job_id":"j1"}"""u8.ToArray()) };
        var lease = new FakeLease(EnvelopeProperties.Write(envelope, default)) { Progress = new DeliveryProgress { AttemptsMade = attemptsMade } };

        await _parts.Journal.NoteAsync(lease, envelope, Attempt, new Verdict.Delivered());

        await _parts.FlushAsync();
        _parts.Log.Statuses.Count.ShouldBe(statuses);
        _parts.Log.Statuses.ShouldAllBe(status => status.Entity == "j1");
    }

    [Theory]
    [InlineData("""{"id":"i","data":{"job_id":"\ud800"}}""")]
    [InlineData("""{"data":{"\ud800":1}}""")]
    [InlineData("not JSON")]
    [InlineData("")]
    public async Task Fault_47_another_producer_s_bytes_do_not_stop_the_journal(string body)
    {
        var envelope = Given.Envelope(Given.Profile("proposal")) with { Type = "job.completed", Body = System.Text.Encoding.UTF8.GetBytes(body) };

        await Should.NotThrowAsync(_parts.Journal.NoteAsync(new FakeLease(EnvelopeProperties.Write(envelope, default)), envelope, Attempt, new Verdict.Delivered()).AsTask());

        await _parts.FlushAsync();
        _parts.Log.Statuses.ShouldBeEmpty();
        _parts.Log.Deliveries.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Fault_47_another_producer_s_bytes_however_many_do_not_stop_the_journal()
    {
        var body = $$$"""{"data":{"job_id":"j","bad":"\ud800","blob":"{{{new string('x', 70_000)}}}"}}""";
        var envelope = Given.Envelope(Given.Profile("proposal")) with { Type = "job.completed", Body = System.Text.Encoding.UTF8.GetBytes(body) };

        await Should.NotThrowAsync(_parts.Journal.NoteAsync(new FakeLease(EnvelopeProperties.Write(envelope, default)), envelope, Attempt, new Verdict.Delivered()).AsTask());
    }

    private Task NoteAsync(Verdict verdict, string type = "thing.happened", int attemptsMade = 0, string? tenant = null)
    {
        var envelope = EndpointEnvelope.Of(Given.Event(type, tenant: tenant), Given.Endpoint(), Given.Profile("standard"), deadline: null);
        var lease = new FakeLease(EnvelopeProperties.Write(envelope, default)) { Progress = new DeliveryProgress { AttemptsMade = attemptsMade } };
        return _parts.Journal.NoteAsync(lease, envelope, Attempt, verdict).AsTask();
    }

    private List<WebhookEvent> Told() => [.. _parts.Queue.Messages.Select(message => EventProperties.Read(message, []).ShouldNotBeNull())];
}
