using Posthorn.Delivery;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Delivery;

public class RecentOutcomesTests
{
    private readonly RecentOutcomes _recent = new();

    [Fact]
    public async Task What_was_reached_and_not_settled_is_known_to_the_next_lease()
    {
        var outcome = Some();
        using (var first = (await _recent.BeginAsync(Lease(), CancellationToken.None)).Posting) first.Reached(outcome);

        var (again, known) = await _recent.BeginAsync(Lease(), CancellationToken.None);

        known.ShouldBe(outcome);
        again.Settled();
        again.Dispose();
        _recent.Count.ShouldBe(0);
    }

    [Fact]
    public async Task What_was_settled_is_forgotten_and_so_is_what_led_to_nothing()
    {
        using (var settled = (await _recent.BeginAsync(Lease(), CancellationToken.None)).Posting)
        {
            settled.Reached(Some());
            settled.Settled();
        }

        using ((await _recent.BeginAsync(Lease(sequence: 2), CancellationToken.None)).Posting) _recent.Count.ShouldBe(1);
        _recent.Count.ShouldBe(0);
    }

    [Fact]
    public async Task The_next_attempt_of_the_same_message_is_another_matter()
    {
        using (var first = (await _recent.BeginAsync(Lease(), CancellationToken.None)).Posting) first.Reached(Some());

        var next = await _recent.BeginAsync(Lease(attemptsMade: 1), CancellationToken.None);
        var other = await _recent.BeginAsync(Lease(sequence: 2), CancellationToken.None);

        (next.Known, other.Known).ShouldBe((null, null));
    }

    [Fact]
    public async Task While_the_attempt_is_under_way_a_second_lease_waits_for_its_outcome()
    {
        var (first, _) = await _recent.BeginAsync(Lease(), CancellationToken.None);
        var second = _recent.BeginAsync(Lease(), CancellationToken.None).AsTask();
        second.IsCompleted.ShouldBeFalse();

        first.Reached(Some());
        first.Dispose();

        (await second).Known.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_second_lease_begins_itself_when_the_first_led_to_nothing()
    {
        var (first, _) = await _recent.BeginAsync(Lease(), CancellationToken.None);
        var second = _recent.BeginAsync(Lease(), CancellationToken.None).AsTask();

        first.Dispose();

        (await second).Known.ShouldBeNull();
        _recent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_waiting_lease_stops_when_the_worker_stops()
    {
        var (first, _) = await _recent.BeginAsync(Lease(), CancellationToken.None);
        using var stopping = new CancellationTokenSource();
        var second = _recent.BeginAsync(Lease(), stopping.Token).AsTask();

        await stopping.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(second);
    }

    [Fact]
    public async Task Memory_is_bounded_and_the_oldest_goes_first()
    {
        for (var sequence = 1; sequence <= 12_000; sequence++)
        {
            using var lost = (await _recent.BeginAsync(Lease(sequence), CancellationToken.None)).Posting;
            lost.Reached(Some());
        }

        _recent.Count.ShouldBe(10_000);
        (await _recent.BeginAsync(Lease(sequence: 1), CancellationToken.None)).Known.ShouldBeNull();
        (await _recent.BeginAsync(Lease(sequence: 12_000), CancellationToken.None)).Known.ShouldNotBeNull();
    }

    private static AttemptOutcome Some() => new(Given.Envelope(), new Verdict.Delivered(), new AttemptRecord { Number = 1, At = Given.Now, DurationMs = 3, Status = 200 });

    private static FakeLease Lease(long sequence = 1, int attemptsMade = 0) =>
        new(new QueueMessage { MessageId = "evt_1", Body = default }) { SequenceNumber = sequence, Progress = new DeliveryProgress { AttemptsMade = attemptsMade } };
}
