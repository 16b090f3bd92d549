using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Events;

public sealed class EventFanOutTests : IAsyncLifetime
{
    private readonly Parts _parts = new();

    public async ValueTask InitializeAsync() => await _parts.StartAsync(_parts.History);

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    [Fact]
    public async Task An_event_becomes_one_envelope_for_each_active_endpoint_that_wants_it_and_only_those()
    {
        await _parts.WithAsync(
            Given.Endpoint("wh_exact", "thing.happened"), Given.Endpoint("wh_below", "thing.*"), Given.Endpoint("wh_all"), Given.Endpoint("wh_twice", "*,thing.*"),
            Given.Endpoint("wh_other", "thing.ended"), Given.Endpoint("wh_off", status: EndpointStatus.Disabled), Given.Endpoint("wh_new", status: EndpointStatus.Pending),
            Given.Endpoint("wh_gone", status: EndpointStatus.Deleted));

        (await SentAsync(Given.Event())).Select(message => message.MessageId)
            .ShouldBe(["evt_1.wh_all", "evt_1.wh_below", "evt_1.wh_exact", "evt_1.wh_twice"]);
    }

    [Fact]
    public async Task An_envelope_is_the_endpoint_s_profile_s_and_holds_no_secret()
    {
        await _parts.WithAsync(Given.Endpoint("wh_1", profile: "proposal"), Given.Endpoint("wh_2"));
        var sent = await SentAsync(Given.Event("job.completed", """{"job_id": "j"}""", tenant: null) with { Subject = "s" });

        Encoding.UTF8.GetString(sent[0].Body.Span).ShouldBe("""{"id":"evt_1","type":"job.completed","timestamp":"2024-03-21T15:30:45Z","data":{"job_id": "j"}}""");
        Encoding.UTF8.GetString(sent[1].Body.Span).ShouldBe("""{"job_id": "j"}""");
        foreach (var message in sent)
        {
            string.Join('\n', message.Properties).ShouldNotContain("in-the-query");
            string.Join('\n', message.Properties).ShouldNotContain("sealed");
            new EnvelopeReader(Given.Builder()).TryRead(message, Given.Now, out var envelope, out var errors).ShouldBeTrue(string.Join('\n', errors));
            (envelope.Id, envelope.Type, envelope.Subject, envelope.DeliveryId).ShouldBe(("evt_1", "job.completed", "s", message.MessageId));
        }
    }

    [Theory]
    [InlineData(null, null, true)]
    [InlineData(null, "a", false)]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    [InlineData("a", "A", false)]
    [InlineData("a", null, false)]
    [InlineData("*", null, true)]
    [InlineData("*", "a", true)]
    public async Task An_endpoint_gets_its_tenant_s_events(string? endpoint, string? said, bool gets)
    {
        await _parts.WithAsync(Given.Endpoint(tenant: endpoint));

        (await SentAsync(Given.Event(tenant: said))).Count.ShouldBe(gets ? 1 : 0);
    }

    [Theory]
    [InlineData(90)]
    [InlineData(91)]
    [InlineData(300)]
    public async Task Many_endpoints_are_sent_to_in_steps_whose_union_is_exact_and_without_repetition(int count)
    {
        var ids = Enumerable.Range(0, count).Select(n => $"wh_{n.ToString("D4", CultureInfo.InvariantCulture)}").ToList();
        await _parts.WithAsync(ids.Select(id => Given.Endpoint(id)));

        var steps = await StepsAsync(Given.Lease(Given.Event()));

        steps.ShouldAllBe(step => step.Count <= ILease.MaxReplacements);
        var all = steps.SelectMany(step => step).ToList();
        all.Select(message => message.MessageId).ShouldBeUnique();
        all.Where(message => !EventProperties.Describes(message)).Select(message => message.MessageId).ShouldBe(ids.Select(id => $"evt_1.{id}"));
        await _parts.FlushAsync();
        _parts.Log.Events.ShouldHaveSingleItem().Matched.ShouldBe(count);
        _parts.Log.Deliveries.Count.ShouldBe(count);
    }

    [Fact]
    public async Task A_crash_before_the_replacement_repeats_the_step_and_no_more()
    {
        await _parts.WithAsync(Enumerable.Range(0, 200).Select(n => Given.Endpoint($"wh_{n.ToString("D4", CultureInfo.InvariantCulture)}")));
        var quiet = await StepsAsync(Given.Lease(Given.Event()));

        var crashing = await StepsAsync(Given.Lease(Given.Event()), crashes: true);

        crashing.Select(Ids).ShouldBe(quiet.Select(Ids));
        await _parts.FlushAsync();
        _parts.Log.Deliveries.Count.ShouldBe(200);
        _parts.Log.Events.ShouldHaveSingleItem();

        static string Ids(IReadOnlyList<QueueMessage> step) => string.Join(' ', step.Select(message => message.MessageId));
    }

    [Fact]
    public async Task An_endpoint_that_goes_between_two_steps_is_left_out_and_the_others_are_not()
    {
        await _parts.WithAsync(Enumerable.Range(100, 100).Select(n => Given.Endpoint($"wh_{n}")));
        var first = await ReplacedAsync(Given.Lease(Given.Event()));
        await _parts.WithAsync(Given.Endpoint("wh_188", status: EndpointStatus.Deleted), Given.Endpoint("wh_195", status: EndpointStatus.Deleted));

        var second = await ReplacedAsync(new FakeLease(first[^1]));

        second.Select(message => message.MessageId).ShouldBe(new[] { 189, 190, 191, 192, 193, 194, 196, 197, 198, 199 }.Select(n => $"evt_1.wh_{n}"));
    }

    [Fact]
    public async Task An_event_that_nobody_wants_is_done_recorded_and_counted()
    {
        var counted = 0L;
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Name == "posthorn.events.unmatched") self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref counted, count));
        listener.Start();
        await _parts.WithAsync(Given.Endpoint(events: "other.*"));

        (await SentAsync(Given.Event())).ShouldBeEmpty();

        counted.ShouldBe(1);
        await _parts.FlushAsync();
        var archived = _parts.Log.Events.ShouldHaveSingleItem();
        (archived.Id, archived.Matched, archived.AcceptedAt).ShouldBe(("evt_1", 0, Given.Now));
        archived.Data.ToArray().ShouldBe("""{"a":1}"""u8.ToArray());
        _parts.Log.Deliveries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_said_of_who_wants_an_event_before_the_endpoints_are_known()
    {
        var lease = Given.Lease(Given.Event());

        await HandleAsync(lease);

        lease.Settled.ShouldBe(new Settlement.Postponed(Given.Now.AddSeconds(2)));
        await _parts.FlushAsync();
        _parts.Log.Batches.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_event_waits_while_nobody_can_say_whether_a_milestone_was_passed()
    {
        await _parts.WithAsync(Given.Endpoint("wh_1"), Given.Endpoint("wh_2", profile: "morag-task"));
        _parts.Throttles.IsAway = true;
        var lease = Given.Lease(Progress(0.3));

        await HandleAsync(lease);
        lease.Settled.ShouldBe(new Settlement.Postponed(Given.Now.AddSeconds(2)));

        _parts.Throttles.IsAway = false;
        (await SentAsync(Progress(0.3))).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(EndpointStatus.Disabled)]
    [InlineData(EndpointStatus.Pending)]
    public async Task An_event_that_an_inactive_endpoint_misses_is_archived_before_it_is_settled(EndpointStatus status)
    {
        await _parts.WithAsync(Given.Endpoint("wh_1"), Given.Endpoint("wh_2", status: status));
        var archived = 0;
        var lease = Given.Lease(Given.Event());
        lease.BeforeSettling = () => archived = _parts.Log.Events.Count;

        (await ReplacedAsync(lease)).ShouldHaveSingleItem();

        archived.ShouldBe(1);
        _parts.Log.Events[0].Matched.ShouldBe(1);
    }

    [Fact]
    public async Task Fault_21_an_event_goes_on_to_its_endpoints_while_the_log_is_away()
    {
        _parts.Log.IsAway = true;
        await _parts.WithAsync(Given.Endpoint("wh_1"), Given.Endpoint("wh_2", status: EndpointStatus.Disabled));

        var lease = Given.Lease(Given.Event());
        await _parts.Clock.RunUntilAsync(_parts.FanOut.HandleAsync(lease), step: TimeSpan.FromMilliseconds(100));

        lease.Settled.ShouldBeOfType<Settlement.Replaced>().Messages.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Fault_44_an_endpoint_whose_profile_this_worker_does_not_know_gets_a_dead_letter_and_not_silence()
    {
        await _parts.WithAsync(Given.Endpoint(profile: "of-another-worker"));

        var message = (await SentAsync(Given.Event())).ShouldHaveSingleItem();

        message.Properties[EnvelopeProperties.Profile].ShouldBe("of-another-worker");
        new EnvelopeReader(Given.Builder()).TryRead(message, Given.Now, out _, out var errors).ShouldBeFalse();
        errors.ShouldHaveSingleItem().Reason.ShouldBe(DeadLetterReason.UnknownProfile);
    }

    [Theory]
    [InlineData("0.25 0.5 0.75 1.0", "1 1 1 0")]
    [InlineData("0.1 0.24 0.25 0.26 0.4 0.6 0.9", "0 0 1 0 0 1 1")]
    [InlineData("0.8 0.3 0.6", "1 0 0")]
    [InlineData("0.6 0.3 0.8", "1 0 1")]
    [InlineData("0 -1 0.24999", "0 0 0")]
    public async Task The_first_event_at_or_past_each_milestone_is_sent(string progress, string sent)
    {
        await _parts.WithAsync(Given.Endpoint(profile: "morag-task"));
        var counts = new List<int>();

        foreach (var (i, at) in progress.Split(' ').Index()) counts.Add((await SentAsync(Progress(double.Parse(at, CultureInfo.InvariantCulture), $"evt_{i}"))).Count);

        string.Join(' ', counts).ShouldBe(sent);
    }

    [Fact]
    public async Task An_event_that_passed_its_milestone_passes_again_after_a_crash()
    {
        await _parts.WithAsync(Given.Endpoint(profile: "morag-task"));

        (await SentAsync(Progress(0.3, "evt_1"))).Count.ShouldBe(1);
        (await SentAsync(Progress(0.3, "evt_1"))).Count.ShouldBe(1);
        (await SentAsync(Progress(0.3, "evt_2"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task Milestones_are_counted_for_each_endpoint_and_each_task()
    {
        await _parts.WithAsync(Given.Endpoint("wh_1", profile: "morag-task"));
        (await SentAsync(Progress(0.3, "evt_1", task: "a"))).Count.ShouldBe(1);
        await _parts.WithAsync(Given.Endpoint("wh_2", profile: "morag-task"));

        (await SentAsync(Progress(0.4, "evt_2", task: "a"))).ShouldHaveSingleItem().MessageId.ShouldBe("evt_2.wh_2");
        (await SentAsync(Progress(0.4, "evt_3", task: "b"))).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("""{"task_id":"t"}""")]
    [InlineData("""{"task_id":"t","progress":"half"}""")]
    [InlineData("""{"progress":0.1}""")]
    public async Task What_tells_no_progress_is_always_sent(string data)
    {
        await _parts.WithAsync(Given.Endpoint(profile: "morag-task"));

        for (var i = 0; i < 3; i++) (await SentAsync(Given.Event("task_progress", data, $"evt_{i}"))).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_delivery_that_is_throttled_is_in_the_log_as_dropped()
    {
        await _parts.WithAsync(Given.Endpoint("wh_1"), Given.Endpoint("wh_2", profile: "morag-task"));
        await SentAsync(Progress(0.1));
        await _parts.FlushAsync();

        _parts.Log.Deliveries.Select(delivery => (delivery.DeliveryId, delivery.State, delivery.Reason))
            .ShouldBe([("evt_1.wh_1", DeliveryState.Pending, null), ("evt_1.wh_2", DeliveryState.Dropped, "Throttled")]);
    }

    [Fact]
    public async Task An_event_of_a_throttled_window_carries_its_stream_and_its_place_in_it()
    {
        await _parts.WithAsync(Given.Endpoint("wh_1", profile: "proposal"), Given.Endpoint("wh_2"));
        var lease = Given.Lease(Given.Event("job.progress", """{"job_id":"j1"}"""), sequence: 42);

        var sent = await ReplacedAsync(lease);

        new EnvelopeReader(Given.Builder()).TryRead(sent[0], Given.Now, out var envelope, out _).ShouldBeTrue();
        envelope.Stream.ShouldBe(new EventStream("wh_1|job.progress|j1", 42));
        sent[1].Properties.Keys.ShouldNotContain(EnvelopeProperties.Stream);
        (await SentAsync(Given.Event("job.completed", """{"job_id":"j1"}""")))[0].Properties.Keys.ShouldNotContain(EnvelopeProperties.Stream);
        (await SentAsync(Given.Event("job.progress", """{"other":1}""")))[0].Properties.Keys.ShouldNotContain(EnvelopeProperties.Stream);
    }

    [Fact]
    public async Task The_deadline_is_the_endpoint_s_profile_s()
    {
        await _parts.WithAsync(Given.Endpoint("wh_1"), Given.Endpoint("wh_2", profile: "proposal"));
        var sent = await SentAsync(Given.Event() with { Time = "2024-03-21T12:00:00Z" });

        sent.Select(message => message.Properties[EnvelopeProperties.ExpiresAt]).ShouldBe(["2024-03-25T15:30:45.000Z", "2024-03-22T12:00:00.000Z"]);
    }

    [Fact]
    public async Task Fault_43_a_message_that_is_no_event_is_dead_and_says_why()
    {
        var lease = new FakeLease(EventProperties.Write(Given.Event(), default) with { Body = "not JSON"u8.ToArray() });

        await HandleAsync(lease);

        var dead = lease.Settled.ShouldBeOfType<Settlement.Dead>();
        (dead.Reason, dead.Description, dead.Attempt).ShouldBe((DeadLetterReason.MalformedEnvelope, "$.data: is not valid JSON at line 1, byte 2", null));
    }

    [Theory]
    [InlineData("""{"job_id":"\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    public async Task Fault_47_an_event_with_half_a_character_is_refused(string data)
    {
        await _parts.WithAsync(Given.Endpoint(profile: "proposal"));
        var lease = Given.Lease(Given.Event("job.progress", data));

        await HandleAsync(lease);

        lease.Settled.ShouldBeOfType<Settlement.Dead>().Reason.ShouldBe(DeadLetterReason.MalformedEnvelope);
    }

    [Fact]
    public async Task An_event_of_a_task_is_a_status_too()
    {
        await _parts.WithAsync();
        await SentAsync(Given.Event("job.completed", """{"job_id":"j1"}""", tenant: "a"));
        await _parts.FlushAsync();

        var status = _parts.Log.Statuses.ShouldHaveSingleItem();
        (status.Entity, status.Tenant, status.Type, status.Profile, status.Time).ShouldBe(("j1", "a", "job.completed", "proposal", Given.Now));
    }

    private static WebhookEvent Progress(double progress, string id = "evt_1", string task = "t") =>
        Given.Event("task_progress", string.Create(CultureInfo.InvariantCulture, $$"""{"task_id":"{{task}}","progress":{{progress}}}"""), id);

    private Task HandleAsync(ILease lease) => _parts.Clock.RunUntilAsync(_parts.FanOut.HandleAsync(lease), step: TimeSpan.FromMilliseconds(1));

    private Task<IReadOnlyList<QueueMessage>> SentAsync(WebhookEvent webhookEvent) => ReplacedAsync(Given.Lease(webhookEvent));

    private async Task<IReadOnlyList<QueueMessage>> ReplacedAsync(FakeLease lease)
    {
        await HandleAsync(lease);
        return lease.Settled.ShouldBeOfType<Settlement.Replaced>().Messages;
    }

    /// <summary>Handles an event and what it leaves of itself, to the end; each step once more, when it is to crash before it is settled.</summary>
    private async Task<List<IReadOnlyList<QueueMessage>>> StepsAsync(FakeLease lease, bool crashes = false)
    {
        var steps = new List<IReadOnlyList<QueueMessage>>();
        for (var next = lease; next is not null;)
        {
            if (crashes)
            {
                next.BeforeSettling = () => throw new InvalidOperationException("crash");
                await Should.ThrowAsync<InvalidOperationException>(HandleAsync(next));
                next.BeforeSettling = null;
            }

            steps.Add(await ReplacedAsync(next));
            next = steps[^1].SingleOrDefault(EventProperties.Describes) is { } rest ? new FakeLease(rest) : null;
        }

        return steps;
    }
}
