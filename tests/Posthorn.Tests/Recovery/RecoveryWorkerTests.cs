using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Queues;
using Posthorn.Recovery;
using Posthorn.Stores;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Recovery;

public sealed class RecoveryWorkerTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Since = Given.Now.AddHours(-10);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private readonly Parts _parts = new();

    public async ValueTask InitializeAsync() => await _parts.StartAsync(_parts.History);

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    [Fact]
    public async Task The_endpoint_s_dead_letters_of_the_time_are_put_back_and_no_others()
    {
        await _parts.WithAsync(Given.Endpoint(), Given.Endpoint("wh_2"));
        var within = Bury("evt_in", "wh_1", enqueued: -5, died: -4);
        var reachingIn = Bury("evt_reaching_in", "wh_1", enqueued: -20, died: -9);
        Bury("evt_before", "wh_1", enqueued: -20, died: -11);
        Bury("evt_other", "wh_2", enqueued: -5, died: -4);
        _parts.DeadLetters.Bury(Given.Read("""{"type":"t","data":1,"destination":{"url":"http://localhost/"}}""").Message.ShouldNotBeNull(), Given.Now.AddHours(-5), Given.Now.AddHours(-4));
        _parts.DeadLetters.Bury(new QueueMessage { MessageId = "x", Body = "no envelope"u8.ToArray() }, Given.Now.AddHours(-5), Given.Now.AddHours(-4));
        Bury("evt_after", "wh_1", enqueued: -1, died: -0.5);

        var run = await CompletedAsync(Run() with { Until = Given.Now.AddHours(-2) });

        _parts.DeadLetters.Replayed.Select(each => each.Letter.Sequence).ShouldBe([within.Sequence, reachingIn.Sequence]);
        (run.Examined, run.Replayed, run.Sent, run.DeadLetterCursor).ShouldBe((2, 2, 0, null));
        _parts.DeadLetters.Replayed[0].Changes.Deadline.ShouldNotBeNull().ShouldBe(Given.Now.AddDays(4), tolerance: TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task More_than_a_page_of_dead_letters_and_events_is_gone_through()
    {
        await _parts.WithAsync(Given.Endpoint());
        for (var i = 0; i < 250; i++) Bury($"evt_d{i}", "wh_1", enqueued: -5, died: -4);
        await ArchiveAsync(Enumerable.Range(0, 250).Select(i => Archived($"evt_{i}")));

        var run = await CompletedAsync(Run() with { Rate = 10_000 });

        (run.Replayed, run.Sent, run.Examined).ShouldBe((250, 250, 500));
        _parts.Queue.Messages.Select(message => message.MessageId).ShouldBe(Enumerable.Range(0, 250).Select(i => $"evt_{i}.wh_1"));
    }

    [Fact]
    public async Task Events_of_which_the_log_has_no_delivery_are_sent_and_only_those_the_endpoint_wants()
    {
        await _parts.WithAsync(Given.Endpoint(events: "thing.*", profile: "proposal", tenant: "a"));
        await ArchiveAsync(
        [
            Archived("evt_missed") with { Tenant = "a", Subject = "s" }, Archived("evt_known") with { Tenant = "a" }, Archived("evt_other_tenant") with { Tenant = "b" },
            Archived("evt_other_type") with { Tenant = "a", Type = "other" }, Archived("evt_too_old") with { Tenant = "a", AcceptedAt = Since.AddSeconds(-1) },
            Archived("evt_too_new") with { Tenant = "a", AcceptedAt = Given.Now.AddHours(-1) }, Archived("evt_without_payload") with { Tenant = "a", Data = default },
        ]);
        await _parts.FlushAsync();
        _parts.History.Record(EndpointEnvelope.Record(EndpointEnvelope.Of(Given.Event(id: "evt_known"), Given.Endpoint(), Given.Profile("standard"), null), Given.Now, DeliveryState.Dropped, "Throttled"));
        await _parts.FlushAsync();

        var run = await CompletedAsync(Run() with { Until = Given.Now.AddHours(-1) });

        var message = _parts.Queue.Messages.ShouldHaveSingleItem();
        new EnvelopeReader(Given.Builder()).TryRead(message, Given.Now, out var envelope, out var errors).ShouldBeTrue(string.Join('\n', errors));
        (envelope.DeliveryId, envelope.Profile.Name, envelope.Tenant, envelope.Subject, envelope.Time).ShouldBe(("evt_missed.wh_1", "proposal", "a", "s", "2024-03-21T12:00:00Z"));
        envelope.ExpiresAt.ShouldNotBeNull().ShouldBeGreaterThan(Given.Now.AddHours(23), "It counts afresh.");
        (run.Sent, run.Examined).ShouldBe((1, 2));
        await _parts.FlushAsync();
        _parts.Log.Deliveries.Single(delivery => delivery.DeliveryId == "evt_missed.wh_1").State.ShouldBe(DeliveryState.Pending);
    }

    [Fact]
    public async Task Operational_events_are_sent_to_who_subscribed_to_them()
    {
        await _parts.WithAsync(Given.Endpoint("wh_all"), Given.Endpoint("wh_ops", "endpoint.*"));
        await ArchiveAsync([Archived("evt_1") with { Type = OperationalTypes.EndpointDisabled, IsOperational = true }]);

        (await CompletedAsync(Run() with { EndpointId = "wh_all", Id = "rec_1" })).Sent.ShouldBe(0);
        (await CompletedAsync(Run() with { EndpointId = "wh_ops", Id = "rec_2" })).Sent.ShouldBe(1);
    }

    [Fact]
    public async Task Fault_6_a_crash_between_the_queue_and_the_saving_doubles_nothing()
    {
        await _parts.WithAsync(Given.Endpoint());
        for (var i = 0; i < 30; i++) Bury($"evt_d{i}", "wh_1", enqueued: -5, died: -4);
        await ArchiveAsync(Enumerable.Range(0, 30).Select(i => Archived($"evt_{i}")));
        var crashes = 0;
        _parts.Recoveries.BeforeSave = _ =>
        {
            if (crashes++ % 2 == 0) throw new StoreUnavailableException("away for a moment");
        };

        await CompletedAsync(Run() with { Rate = 20 });

        _parts.DeadLetters.Replayed.Count.ShouldBe(30);
        _parts.Queue.Messages.Select(message => message.MessageId).ShouldBe(Enumerable.Range(0, 30).Select(i => $"evt_{i}.wh_1"));
        crashes.ShouldBeGreaterThan(4);
    }

    [Fact]
    public async Task Fault_6_a_run_goes_on_from_where_it_was_saved()
    {
        await _parts.WithAsync(Given.Endpoint());
        Bury("evt_d", "wh_1", enqueued: -5, died: -4);
        await ArchiveAsync(Enumerable.Range(0, 5).Select(i => Archived($"evt_{i}")));

        var run = await CompletedAsync(Run() with { DeadLetterCursor = null, EventCursor = 3, Replayed = 7, Sent = 3, Examined = 12 });

        _parts.DeadLetters.Replayed.ShouldBeEmpty();
        _parts.Queue.Messages.Select(message => message.MessageId).ShouldBe(["evt_3.wh_1", "evt_4.wh_1"]);
        (run.Replayed, run.Sent, run.Examined).ShouldBe((7, 5, 14));
    }

    [Theory]
    [InlineData(1, 12)]
    [InlineData(10, 55)]
    [InlineData(50, 200)]
    public async Task Fault_59_no_second_puts_more_on_the_queue_than_the_rate(int rate, int count)
    {
        await _parts.WithAsync(Given.Endpoint());
        for (var i = 0; i < count / 2; i++) Bury($"evt_d{i}", "wh_1", enqueued: -5, died: -4);
        await ArchiveAsync(Enumerable.Range(0, count - (count / 2)).Select(i => Archived($"evt_{i}")));
        var put = new List<(DateTimeOffset At, int Count)>();
        _parts.Recoveries.BeforeSave = run => put.Add((_parts.Clock.GetUtcNow(), run.Replayed + run.Sent));
        var started = _parts.Clock.GetUtcNow();

        await CompletedAsync(Run() with { Rate = rate });

        put[^1].Count.ShouldBe(count);
        foreach (var (at, before) in put)
            (put.Last(later => later.At < at.AddSeconds(1)).Count - before).ShouldBeLessThanOrEqualTo(rate + (rate / 10), $"after {at - started}");
        (put[^1].At - started).ShouldBeInRange(TimeSpan.FromSeconds((count / (double)rate) - 2), TimeSpan.FromSeconds((count / (double)rate * 1.5) + 3));
    }

    [Fact]
    public async Task Another_worker_takes_a_run_over_when_its_owner_holds_it_no_more()
    {
        await _parts.WithAsync(Given.Endpoint());
        await ArchiveAsync([Archived("evt_1")]);
        await _parts.Recoveries.AddAsync(Run(), CancellationToken.None);
        _parts.Recoveries.Hold("rec_1", "worker_dead", _parts.Clock.GetUtcNow().AddSeconds(60));
        await _parts.StartAsync(_parts.NewRecoveryWorker());

        await _parts.Clock.RunAsync(TimeSpan.FromSeconds(50), step: TimeSpan.FromMilliseconds(500));
        _parts.Queue.Messages.ShouldBeEmpty();

        await _parts.Clock.RunUntilAsync(() => _parts.Recoveries["rec_1"].State == RecoveryState.Completed, step: TimeSpan.FromMilliseconds(500));
        _parts.Queue.Messages.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_worker_whose_run_another_has_taken_leaves_it()
    {
        await _parts.WithAsync(Given.Endpoint());
        await ArchiveAsync(Enumerable.Range(0, 10).Select(i => Archived($"evt_{i}")));
        _parts.Queue.AfterEnqueue = () => _parts.Recoveries.Hold("rec_1", "worker_other", _parts.Clock.GetUtcNow().AddHours(1));
        await _parts.Recoveries.AddAsync(Run() with { DeadLetterCursor = null, Rate = 20 }, CancellationToken.None);
        await _parts.StartAsync(_parts.NewRecoveryWorker());

        await _parts.Clock.RunUntilAsync(() => _parts.Queue.Messages.Count > 0, step: Tick);
        await _parts.Clock.RunAsync(TimeSpan.FromSeconds(5), step: Tick);

        _parts.Queue.Messages.Count.ShouldBe(2);
        (_parts.Recoveries["rec_1"].State, _parts.Recoveries["rec_1"].Sent).ShouldBe((RecoveryState.Running, 0));
    }

    [Fact]
    public async Task Two_workers_do_the_work_of_one()
    {
        await _parts.WithAsync(Given.Endpoint());
        await ArchiveAsync(Enumerable.Range(0, 20).Select(i => Archived($"evt_{i}")));
        await _parts.StartAsync(_parts.NewRecoveryWorker());

        var run = await CompletedAsync(Run() with { Rate = 10 });

        run.Sent.ShouldBe(20);
        _parts.Queue.Messages.Count.ShouldBe(20);
    }

    [Fact]
    public async Task Fault_57_a_run_of_an_endpoint_that_was_deleted_has_failed()
    {
        await _parts.WithAsync(Given.Endpoint(status: EndpointStatus.Deleted));
        await ArchiveAsync([Archived("evt_1")]);
        await _parts.Recoveries.AddAsync(Run(), CancellationToken.None);
        await _parts.StartAsync(_parts.NewRecoveryWorker());

        await _parts.Clock.RunUntilAsync(() => _parts.Recoveries["rec_1"].State != RecoveryState.Running, step: Tick);

        (_parts.Recoveries["rec_1"].State, _parts.Recoveries["rec_1"].Detail).ShouldBe((RecoveryState.Failed, "the endpoint was deleted"));
        _parts.Queue.Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_endpoint_that_this_worker_does_not_know_yet_is_not_taken_for_deleted()
    {
        _parts.Endpoints.Put(Given.Endpoint());
        await ArchiveAsync([Archived("evt_1")]);

        (await CompletedAsync(Run())).Sent.ShouldBe(1);
    }

    [Fact]
    public async Task An_endpoint_is_not_taken_for_deleted_while_the_store_is_away()
    {
        _parts.Endpoints.Put(Given.Endpoint());
        _parts.Endpoints.IsAway = true;
        await ArchiveAsync([Archived("evt_1")]);
        await _parts.Recoveries.AddAsync(Run(), CancellationToken.None);
        await _parts.StartAsync(_parts.NewRecoveryWorker());
        await _parts.Clock.RunAsync(TimeSpan.FromSeconds(5), step: Tick);
        _parts.Recoveries["rec_1"].State.ShouldBe(RecoveryState.Running);

        _parts.Endpoints.IsAway = false;
        await _parts.Clock.RunUntilAsync(() => _parts.Recoveries["rec_1"].State == RecoveryState.Completed, step: Tick);
    }

    [Fact]
    public async Task Fault_60_what_dies_again_at_once_is_put_back_once_and_the_run_ends()
    {
        await _parts.WithAsync(Given.Endpoint());
        for (var i = 0; i < 5; i++) Bury($"evt_{i}", "wh_1", enqueued: -5, died: -4);
        _parts.DeadLetters.AfterReplay = letter =>
            _parts.DeadLetters.Bury(letter.Message, letter.EnqueuedAt, _parts.Clock.GetUtcNow(), replays: letter.Progress.Replays + 1);

        var run = await CompletedAsync(Run());

        run.Replayed.ShouldBe(5);
        _parts.DeadLetters.Replayed.Count.ShouldBe(5);
    }

    private static RecoveryRun Run() => new()
    {
        Id = "rec_1",
        EndpointId = "wh_1",
        Since = Since,
        Until = Given.Now,
        Rate = 100,
        State = RecoveryState.Running,
        DeadLetterCursor = 0,
        CreatedAt = Given.Now,
        UpdatedAt = Given.Now,
    };

    private static ArchivedEvent Archived(string id) => new()
    {
        Id = id,
        Type = "thing.happened",
        Time = "2024-03-21T12:00:00Z",
        AcceptedAt = Given.Now.AddHours(-3),
        Matched = 0,
        Data = """{"a":1}"""u8.ToArray(),
    };

    private DeadLetter Bury(string id, string endpoint, double enqueued, double died)
    {
        var envelope = EndpointEnvelope.Of(Given.Event(id: id), Given.Endpoint(endpoint), Given.Profile("standard"), deadline: null);
        return _parts.DeadLetters.Bury(EnvelopeProperties.Write(envelope, default), Given.Now.AddHours(enqueued), Given.Now.AddHours(died));
    }

    private async Task ArchiveAsync(IEnumerable<ArchivedEvent> events)
    {
        foreach (var archived in events) _parts.History.Record(archived);
        await _parts.FlushAsync();
    }

    private async Task<RecoveryRun> CompletedAsync(RecoveryRun run)
    {
        await _parts.Recoveries.AddAsync(run, CancellationToken.None);
        await _parts.StartAsync(_parts.NewRecoveryWorker());
        await _parts.Clock.RunUntilAsync(() => _parts.Recoveries[run.Id].State == RecoveryState.Completed, step: Tick);
        return _parts.Recoveries[run.Id];
    }
}
