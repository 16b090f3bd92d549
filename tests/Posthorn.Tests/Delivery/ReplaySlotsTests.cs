using Microsoft.Extensions.Time.Testing;
using Posthorn.Delivery;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Delivery;

/// <summary>How many replayed messages may be under way, by what else comes in.</summary>
public sealed class ReplaySlotsTests
{
    private readonly FakeTimeProvider _clock = new(Given.Now);

    [Fact]
    public void While_no_fresh_mail_comes_half_of_all_slots_are_theirs() => Slots().Free.ShouldBe(128);

    [Fact]
    public void While_fresh_mail_comes_half_of_what_one_destination_may_have_is_theirs_and_two_seconds_later_half_of_all_again()
    {
        var slots = Slots();

        slots.Enter(Lease());
        slots.Free.ShouldBe(8);
        _clock.Advance(TimeSpan.FromSeconds(1.9));
        slots.Free.ShouldBe(8);
        slots.Enter(Lease());
        _clock.Advance(TimeSpan.FromSeconds(1.9));
        slots.Free.ShouldBe(8);
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        slots.Free.ShouldBe(128);
    }

    public static TheoryData<DeliveryProgress> NotFresh =>
        [new DeliveryProgress { AttemptsMade = 1 }, new DeliveryProgress { Postponements = 1 }, new DeliveryProgress { Replays = 1 }];

    [Theory]
    [MemberData(nameof(NotFresh))]
    public void What_was_tried_postponed_or_replayed_is_no_fresh_mail(DeliveryProgress progress)
    {
        var slots = Slots();
        var lease = new FakeLease(Message) { Progress = progress };

        slots.Enter(lease);
        slots.Leave(lease);

        slots.Free.ShouldBe(128);
    }

    [Fact]
    public void Each_replayed_message_takes_one_until_it_leaves_also_when_it_is_retried()
    {
        var slots = Slots();
        var retried = new FakeLease(Message) { Progress = new DeliveryProgress { Replays = 2, AttemptsMade = 3, Postponements = 4 } };

        slots.Enter(retried);
        slots.Enter(Replayed());
        slots.Free.ShouldBe(126);
        slots.Leave(retried);

        slots.Free.ShouldBe(127);
    }

    [Fact]
    public void Other_mail_takes_none_and_gives_none_back()
    {
        var slots = Slots();
        _clock.Advance(TimeSpan.FromMinutes(1));
        var fresh = new FakeLease(Message) { Progress = new DeliveryProgress { AttemptsMade = 1 } };
        for (var i = 0; i < 3; i++) slots.Enter(fresh);
        slots.Free.ShouldBe(128);

        for (var i = 0; i < 3; i++) slots.Leave(fresh);

        slots.Free.ShouldBe(128);
    }

    [Fact]
    public void Less_than_half_of_the_cap_is_none()
    {
        var slots = Slots();
        slots.Enter(Lease());

        var free = Enumerable.Range(0, 8).Select(_ =>
        {
            slots.Enter(Replayed());
            return slots.Free;
        });

        free.ShouldBe([7, 6, 5, 4, 0, 0, 0, 0]);
    }

    [Fact]
    public void It_is_never_less_than_none_when_fresh_mail_comes_into_a_storm()
    {
        var slots = Slots();
        var storm = Enumerable.Range(0, 128).Select(_ => Replayed()).ToList();
        storm.ForEach(slots.Enter);
        slots.Enter(Lease());
        slots.Free.ShouldBe(0);

        storm[..123].ForEach(slots.Leave);
        slots.Free.ShouldBe(0);
        slots.Leave(storm[123]);

        slots.Free.ShouldBe(4);
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 1, 1, 1)]
    [InlineData(8, 100, 4, 4)]
    [InlineData(100, 3, 50, 1)]
    public void Few_slots_leave_at_least_one_and_never_more_than_half(int maxInFlight, int perDestination, int quiet, int busy)
    {
        var slots = Slots(maxInFlight, perDestination);
        slots.Free.ShouldBe(quiet);

        slots.Enter(Lease());

        slots.Free.ShouldBe(busy);
    }

    [Fact]
    public void The_only_slot_comes_and_goes()
    {
        var slots = Slots(1, 1);
        var replayed = Replayed();

        slots.Enter(replayed);
        slots.Free.ShouldBe(0);
        slots.Leave(replayed);

        slots.Free.ShouldBe(1);
    }

    [Fact]
    public void Who_waits_is_woken_when_half_of_the_cap_is_free()
    {
        var slots = Slots();
        slots.Enter(Lease());
        var storm = Enumerable.Range(0, 8).Select(_ => Replayed()).ToList();
        storm.ForEach(slots.Enter);
        using var waiting = new CancellationTokenSource();
        slots.WakeWhenFree(waiting);

        storm[..3].ForEach(slots.Leave);
        waiting.IsCancellationRequested.ShouldBeFalse();
        slots.Leave(storm[3]);

        waiting.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public void Who_begins_to_wait_when_there_is_room_is_woken_at_once()
    {
        using var waiting = new CancellationTokenSource();

        Slots().WakeWhenFree(waiting);

        waiting.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public void Who_waits_no_more_is_not_woken()
    {
        var slots = Slots(1, 1);
        var replayed = Replayed();
        slots.Enter(replayed);
        var waiting = new CancellationTokenSource();
        slots.WakeWhenFree(waiting);

        slots.StopWaiting();
        waiting.Dispose();

        Should.NotThrow(() => slots.Leave(replayed));
        waiting.IsCancellationRequested.ShouldBeFalse();
    }

    private static QueueMessage Message { get; } = new() { MessageId = "a", Body = default };

    private ReplaySlots Slots(int maxInFlight = 256, int perDestination = 16) => new(new DeliveryOptions { MaxInFlight = maxInFlight, MaxInFlightPerDestination = perDestination }, _clock);

    private static FakeLease Lease() => new(Message);

    private static FakeLease Replayed() => new(Message) { Progress = new DeliveryProgress { Replays = 1 } };
}
