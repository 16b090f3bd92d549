using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Recovery;

public sealed class ResenderTests : IAsyncLifetime
{
    private static readonly Endpoint Endpoint = Given.Endpoint();
    private readonly Parts _parts = new();

    public async ValueTask InitializeAsync() => await _parts.StartAsync(_parts.History);

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    [Theory]
    [InlineData(DeliveryState.Pending)]
    [InlineData(DeliveryState.Retrying)]
    public async Task What_is_on_the_queue_is_not_sent_again(DeliveryState state)
    {
        await ArchiveAsync();

        (await ResendAsync(Delivery(state), Endpoint)).ShouldBe("it is on the queue already, and is tried by its schedule");
    }

    [Fact]
    public async Task Fault_57_what_went_to_a_deleted_endpoint_is_not_sent_again()
    {
        await ArchiveAsync();
        Bury();

        (await ResendAsync(Delivery(DeliveryState.DeadLettered), null)).ShouldBe("its endpoint wh_1 was deleted");
    }

    [Theory]
    [InlineData(EndpointStatus.Pending)]
    [InlineData(EndpointStatus.Disabled)]
    public async Task What_went_to_an_endpoint_that_is_not_active_is_not_sent_again(EndpointStatus status)
    {
        await ArchiveAsync();
        Bury();

        (await ResendAsync(Delivery(DeliveryState.DeadLettered), Endpoint with { Status = status })).ShouldBe("its endpoint wh_1 is not active");
    }

    [Fact]
    public async Task A_notification_that_was_delivered_is_not_kept() =>
        (await ResendAsync(Delivery(DeliveryState.Delivered) with { DeliveryId = "evt_1", EndpointId = null }, null))
            .ShouldBe("the payload of a notification is not kept once it is delivered; send it again");

    [Fact]
    public async Task An_event_that_is_pruned_is_not_sent_again() => (await ResendAsync(Delivery(DeliveryState.Delivered), Endpoint)).ShouldBe("the event evt_1 is not kept any more");

    [Fact]
    public async Task An_event_without_its_payload_is_not_sent_again()
    {
        await ArchiveAsync(data: "");

        (await ResendAsync(Delivery(DeliveryState.Delivered), Endpoint)).ShouldBe("the event evt_1 is not kept any more");
    }

    [Fact]
    public async Task A_dead_letter_that_somebody_else_puts_back_at_the_same_moment_is_told()
    {
        var resender = new Posthorn.Recovery.Resender(_parts.Queue, new Raced(_parts.DeadLetters), _parts.Log, _parts.History, _parts.Profiles, _parts.Clock);
        Bury();

        (await resender.ResendAsync(Delivery(DeliveryState.DeadLettered), Endpoint, CancellationToken.None)).ShouldBe("somebody else has just put its dead letter back");
    }

    [Fact]
    public async Task A_dead_letter_is_put_back_itself_with_a_fresh_deadline()
    {
        for (var i = 0; i < 600; i++) Bury($"evt_other{i}");
        var letter = Bury();

        (await ResendAsync(Delivery(DeliveryState.DeadLettered), Endpoint)).ShouldBeNull();

        var replayed = _parts.DeadLetters.Replayed.ShouldHaveSingleItem();
        (replayed.Letter, replayed.Changes.Deadline).ShouldBe((letter, _parts.Clock.GetUtcNow().AddDays(4)));
        _parts.Queue.Messages.ShouldBeEmpty();
        await ShouldBePendingAsync();
    }

    [Fact]
    public async Task A_dead_notification_is_put_back()
    {
        var message = Given.Read("""{"id":"evt_1","type":"t","data":1,"destination":{"url":"http://localhost/"}}""").Message.ShouldNotBeNull();
        _parts.DeadLetters.Bury(message, Given.Now, Given.Now);

        (await ResendAsync(Delivery(DeliveryState.DeadLettered) with { DeliveryId = "evt_1", EndpointId = null }, null)).ShouldBeNull();

        _parts.DeadLetters.Replayed.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(DeliveryState.Delivered)]
    [InlineData(DeliveryState.Dropped)]
    [InlineData(DeliveryState.DeadLettered)]
    public async Task What_has_no_dead_letter_is_made_of_its_event_again_for_where_the_endpoint_is_now(DeliveryState state)
    {
        await ArchiveAsync();

        (await ResendAsync(Delivery(state), Given.Endpoint(profile: "proposal"))).ShouldBeNull();
        (await ResendAsync(Delivery(state), Given.Endpoint(profile: "proposal"))).ShouldBeNull();

        var messages = _parts.Queue.Messages;
        messages.Count.ShouldBe(2, "Each wish has a message id of its own.");
        messages.ShouldAllBe(message => message.MessageId.StartsWith("evt_1.wh_1.again.") && message.MessageId.Length <= MessageIds.MaxLength);
        new EnvelopeReader(Given.Builder()).TryRead(messages[0], Given.Now, out var envelope, out var errors).ShouldBeTrue(string.Join('\n', errors));
        (envelope.Id, envelope.DeliveryId, envelope.Profile.Name, envelope.ExpiresAt).ShouldBe(("evt_1", "evt_1.wh_1", "proposal", _parts.Clock.GetUtcNow().AddHours(24)));
        await ShouldBePendingAsync();
    }

    [Fact]
    public async Task A_test_goes_the_whole_way_and_is_tried_once()
    {
        var id = await _parts.Resender.TestAsync(Endpoint, Given.Event(id: "evt_test"), CancellationToken.None);

        id.ShouldBe("evt_test.wh_1");
        new EnvelopeReader(Given.Builder()).TryRead(_parts.Queue.Messages.ShouldHaveSingleItem(), Given.Now, out var envelope, out _).ShouldBeTrue();
        envelope.IsTest.ShouldBeTrue();
        await _parts.FlushAsync();
        var delivery = _parts.Log.Deliveries.ShouldHaveSingleItem();
        (delivery.DeliveryId, delivery.State).ShouldBe((id, DeliveryState.Pending));
    }

    private static DeliveryRecord Delivery(DeliveryState state) => new()
    {
        DeliveryId = "evt_1.wh_1",
        EventId = "evt_1",
        EndpointId = "wh_1",
        Destination = "https://wh-1.example/hook",
        Profile = "standard",
        Type = "thing.happened",
        State = state,
        Reason = "RetriesExhausted",
        FirstAt = Given.Now.AddHours(-1),
        LastAt = Given.Now.AddHours(-1),
        Attempts = [new AttemptRecord { Number = 1, At = Given.Now, DurationMs = 1 }],
    };

    private DeadLetter Bury(string id = "evt_1") => _parts.DeadLetters.Bury(
        EnvelopeProperties.Write(EndpointEnvelope.Of(Given.Event(id: id), Endpoint, Given.Profile("standard"), deadline: null), default), Given.Now.AddHours(-2), Given.Now.AddHours(-1));

    private async Task ArchiveAsync(string data = """{"a":1}""")
    {
        _parts.History.Record(new ArchivedEvent
        {
            Id = "evt_1",
            Type = "thing.happened",
            Time = "2024-03-21T12:00:00Z",
            AcceptedAt = Given.Now,
            Matched = 1,
            Data = System.Text.Encoding.UTF8.GetBytes(data),
        });
        await _parts.FlushAsync();
    }

    private Task<string?> ResendAsync(DeliveryRecord delivery, Endpoint? endpoint) => _parts.Resender.ResendAsync(delivery, endpoint, CancellationToken.None);

    private async Task ShouldBePendingAsync()
    {
        await _parts.FlushAsync();
        var delivery = _parts.Log.Deliveries.ShouldHaveSingleItem();
        (delivery.DeliveryId, delivery.State, delivery.Reason, delivery.FirstAt, delivery.Attempts.Count).ShouldBe(("evt_1.wh_1", DeliveryState.Pending, null, Given.Now.AddHours(-1), 0));
    }

    /// <summary>Dead letters of which each that is to be put back has just gone.</summary>
    private sealed class Raced(MemoryDeadLetters letters) : IDeadLetterQueue
    {
        public Task<IReadOnlyList<DeadLetter>> BrowseAsync(long fromSequence, int max, CancellationToken cancellationToken) => letters.BrowseAsync(fromSequence, max, cancellationToken);

        public Task<IReadOnlyList<DeadLetterSummary>> SummariesAsync(long fromSequence, int max, BrowseOrder order, CancellationToken cancellationToken) => letters.SummariesAsync(fromSequence, max, order, cancellationToken);

        public Task<long> CountAsync(CancellationToken cancellationToken) => letters.CountAsync(cancellationToken);

        public async Task<IReadOnlyList<long>> ReplayAsync(IReadOnlyList<long> sequences, ReplayChanges changes, CancellationToken cancellationToken)
        {
            await letters.PurgeAsync(sequences, cancellationToken);
            return await letters.ReplayAsync(sequences, changes, cancellationToken);
        }

        public Task<RunRemains> FollowAsync(string run, CancellationToken cancellationToken) => letters.FollowAsync(run, cancellationToken);

        public Task<IReadOnlyList<bool>> ImportAsync(IReadOnlyList<DeadLetter> imported, CancellationToken cancellationToken) => letters.ImportAsync(imported, cancellationToken);

        public Task<int> PurgeAsync(IReadOnlyList<long> sequences, CancellationToken cancellationToken) => letters.PurgeAsync(sequences, cancellationToken);
    }
}
