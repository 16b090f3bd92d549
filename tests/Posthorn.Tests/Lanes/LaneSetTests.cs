using Microsoft.Extensions.Time.Testing;
using Posthorn.Envelopes;
using Posthorn.Lanes;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Lanes;

public class LaneSetTests
{
    private static readonly Destination A = To("https://a.example/");
    private readonly FakeTimeProvider _clock = new(Given.Now);

    [Fact]
    public async Task A_full_lane_says_when_to_come_back()
    {
        var (lanes, _) = await FullLane();
        using var third = await lanes.EnterAsync(A, CancellationToken.None);

        third.MustWait.ShouldBeTrue();
        third.NextTurn.ShouldBeGreaterThan(_clock.GetUtcNow());
    }

    [Theory]
    [InlineData("https://b.example/")]
    [InlineData("http://a.example/")]
    [InlineData("https://a.example:8443/")]
    public async Task A_full_lane_costs_the_others_nothing(string url)
    {
        var (lanes, _) = await FullLane();
        using var other = await lanes.EnterAsync(To(url), CancellationToken.None);

        other.MustWait.ShouldBeFalse();
    }

    [Fact]
    public async Task A_lane_is_a_host_whatever_the_path_and_the_case()
    {
        var (lanes, _) = await FullLane();
        using var third = await lanes.EnterAsync(To("https://A.EXAMPLE:443/other?query"), CancellationToken.None);

        third.MustWait.ShouldBeTrue();
    }

    [Fact]
    public async Task Overflow_is_sent_back_one_after_another()
    {
        var (lanes, _) = await FullLane();
        var turns = new List<DateTimeOffset>();
        for (var i = 0; i < 20; i++)
        {
            using var slot = await lanes.EnterAsync(A, CancellationToken.None);
            slot.MustWait.ShouldBeTrue();
            turns.Add(slot.NextTurn);
        }

        turns[0].ShouldBeGreaterThanOrEqualTo(_clock.GetUtcNow().AddSeconds(1));
        turns[^1].ShouldBeGreaterThanOrEqualTo(_clock.GetUtcNow().AddSeconds(20));
        turns.ShouldBe(turns.Order());
    }

    [Fact]
    public async Task A_turn_given_back_is_given_again_and_once()
    {
        var (lanes, held) = await FullLane();
        held.Dispose();
        held.Dispose();
        using var again = await lanes.EnterAsync(A, CancellationToken.None);
        using var more = await lanes.EnterAsync(A, CancellationToken.None);

        again.MustWait.ShouldBeFalse();
        more.MustWait.ShouldBeTrue();
    }

    [Fact]
    public async Task A_lane_nobody_visits_is_forgotten()
    {
        var lanes = new LaneSet(4, _clock, new Random(1));
        for (var i = 0; i < 1_000; i++) (await lanes.EnterAsync(To($"https://host-{i}.example/"), CancellationToken.None)).Dispose();

        lanes.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_lane_that_recovers_from_a_stall_begins_afresh()
    {
        var lanes = new LaneSet(2, _clock, new Random(1));
        var slots = new[] { await lanes.EnterAsync(A, CancellationToken.None), await lanes.EnterAsync(A, CancellationToken.None) };
        _clock.Advance(TimeSpan.FromSeconds(40));
        for (var i = 0; i < 500; i++) (await lanes.EnterAsync(A, CancellationToken.None)).MustWait.ShouldBeTrue();
        foreach (var slot in slots) slot.Dispose();
        lanes.Count.ShouldBe(0);

        using var first = await lanes.EnterAsync(A, CancellationToken.None);
        using var second = await lanes.EnterAsync(A, CancellationToken.None);
        _clock.Advance(TimeSpan.FromSeconds(1.5));
        using var overflow = await lanes.EnterAsync(A, CancellationToken.None);

        (first.MustWait, second.MustWait, overflow.MustWait).ShouldBe((false, false, true));
        overflow.NextTurn.ShouldBeInRange(_clock.GetUtcNow().AddSeconds(1), _clock.GetUtcNow().AddSeconds(1.1));
    }

    [Fact]
    public async Task However_many_overflow_none_is_sent_far_away()
    {
        var lanes = new LaneSet(1, _clock, new Random(1));
        using var held = await lanes.EnterAsync(A, CancellationToken.None);
        _clock.Advance(TimeSpan.FromMinutes(5));
        for (var i = 0; i < 10_000; i++)
            (await lanes.EnterAsync(A, CancellationToken.None)).NextTurn.ShouldBeInRange(_clock.GetUtcNow().AddSeconds(1), _clock.GetUtcNow().AddMinutes(2.1));
    }

    [Fact]
    public async Task Who_waits_for_a_turn_stops_when_the_worker_stops()
    {
        var lanes = new LaneSet(1, _clock, new Random(1));
        using var stopping = new CancellationTokenSource();
        var held = await lanes.EnterAsync(A, CancellationToken.None);
        var waiting = lanes.EnterAsync(A, stopping.Token).AsTask();

        await stopping.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
        held.Dispose();
        lanes.Count.ShouldBe(0);
    }

    [Fact]
    public async Task The_cap_is_never_exceeded_however_many_come_at_once()
    {
        const int Cap = 4;
        var lanes = new LaneSet(Cap, _clock, new Random(1));
        var (inside, most, entered) = (0, 0, 0);

        await Parallel.ForAsync(0, 5_000, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (_, cancellation) =>
        {
            using var slot = await lanes.EnterAsync(A, cancellation);
            if (slot.MustWait) return;
            var now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            Interlocked.Increment(ref entered);
            await Task.Yield();
            Interlocked.Decrement(ref inside);
        });

        most.ShouldBeInRange(1, Cap);
        entered.ShouldBeGreaterThan(0);
    }

    /// <summary>Lanes of which <c>https://a.example</c> is full and was seen to free one turn in ten seconds, so that nobody waits in it.</summary>
    private async Task<(LaneSet Lanes, LaneSlot Held)> FullLane()
    {
        var lanes = new LaneSet(2, _clock, new Random(1));
        var kept = await lanes.EnterAsync(A, CancellationToken.None);
        for (var i = 0; i < 2; i++)
        {
            (await lanes.EnterAsync(A, CancellationToken.None)).Dispose();
            _clock.Advance(TimeSpan.FromSeconds(10));
        }

        (await lanes.EnterAsync(A, CancellationToken.None)).MustWait.ShouldBeFalse();
        return (lanes, kept);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen;)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }

    private static Destination To(string url) => new() { Url = new Uri(url) };
}
