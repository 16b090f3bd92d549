using Microsoft.Extensions.Time.Testing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Lanes;

public class LaneReturnsTests
{
    private const string A = "https://a.example/";
    private readonly FakeTimeProvider _clock = new(Given.Now);

    [Fact]
    public void Overflow_is_sent_back_one_after_another_and_retries_behind_fresh_mail()
    {
        var traffic = new Traffic(_clock);
        HoldFor(traffic, TimeSpan.FromSeconds(5));

        var fresh = traffic.Send(100, A);
        var retries = traffic.Send(100, A, isRetry: true);

        fresh.Select(passenger => passenger.Until).ShouldAllBe(until => until >= _clock.GetUtcNow().AddSeconds(5));
        retries.Min(passenger => passenger.Until).ShouldBeGreaterThan(fresh.Max(passenger => passenger.Until).AddMilliseconds(-5));
    }

    [Fact]
    public void What_a_lane_that_does_not_move_sends_back_comes_at_most_250_times_a_second()
    {
        var traffic = new Traffic(_clock);
        HoldFor(traffic, TimeSpan.FromSeconds(5));

        var times = traffic.Send(100_000, A).Select(passenger => passenger.Until).Order().ToList();

        var second = TimeSpan.FromSeconds(1);
        times.GroupBy(time => time.Ticks / second.Ticks).Max(group => group.Count()).ShouldBeLessThanOrEqualTo(260);
    }

    [Fact]
    public void The_more_lanes_do_not_move_the_slower_what_each_has_much_of_comes_back()
    {
        var traffic = new Traffic(_clock);
        var lanes = Enumerable.Range(0, 50).Select(n => $"https://hangs-{n}.example/").ToList();
        foreach (var lane in lanes) traffic.Send(2, lane);
        _clock.Advance(TimeSpan.FromSeconds(5));
        foreach (var lane in lanes) traffic.Send(lane);

        var times = lanes.SelectMany(lane => traffic.Send(200, lane)).Select(passenger => passenger.Until).ToList();

        var second = TimeSpan.FromSeconds(1);
        var late = times.Where(time => time > _clock.GetUtcNow().AddSeconds(7)).ToList();
        late.Count.ShouldBeGreaterThan(5_000);
        late.GroupBy(time => time.Ticks / second.Ticks).Max(group => group.Count()).ShouldBeLessThanOrEqualTo(300);
    }

    [Fact]
    public void However_many_overflow_none_is_sent_further_than_a_quarter_of_an_hour()
    {
        var traffic = new Traffic(_clock);
        HoldFor(traffic, TimeSpan.FromMinutes(5));

        traffic.Send(500_000, A).ShouldAllBe(passenger => passenger.Until < _clock.GetUtcNow().AddMinutes(15.5));
    }

    [Fact]
    public async Task A_full_lane_that_moves_sends_back_by_its_own_pace()
    {
        var traffic = new Traffic(_clock, perLane: 2);
        var held = traffic.Send(2, A);
        for (var n = 0; n < 100; n++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(200)); // Five a second.
            var next = traffic.Send(A);
            await held[n % 2].AnswerAsync();
            await _clock.RunUntilAsync(() => next.HasBegun, TimeSpan.FromTicks(1));
            held = n % 2 == 0 ? [next, held[1]] : [held[0], next];
        }

        var times = traffic.Send(60, A).Where(passenger => passenger.IsSentBack).Select(passenger => passenger.Until).ToList();

        times.Count.ShouldBeGreaterThan(50);
        (times[^1] - times[0]).ShouldBeInRange(TimeSpan.FromSeconds(0.18 * times.Count), TimeSpan.FromSeconds(0.25 * times.Count));
    }

    [Fact]
    public async Task A_lane_that_answers_again_begins_afresh()
    {
        var traffic = new Traffic(_clock);
        var held = HoldFor(traffic, TimeSpan.FromSeconds(40));
        var far = traffic.Send(10_000, A)[^1].Until;
        far.ShouldBeGreaterThan(_clock.GetUtcNow().AddSeconds(30));
        foreach (var passenger in held) await passenger.AnswerAsync();

        var again = traffic.Send(10, A);
        again[0].HasBegun.ShouldBeTrue();
        _clock.Advance(TimeSpan.FromSeconds(1));

        traffic.Send(1, A)[0].Until.ShouldBeLessThan(_clock.GetUtcNow().AddSeconds(1));
    }

    [Fact]
    public async Task A_burst_for_a_lane_that_was_silent_long_ago_comes_back_soon()
    {
        var traffic = new Traffic(_clock);
        await traffic.Send(A).FailAsync();
        _clock.Advance(TimeSpan.FromMinutes(5));

        var burst = traffic.Send(10, A);
        _clock.Advance(TimeSpan.FromMilliseconds(260));
        await _clock.RunUntilAsync(() => burst.Skip(1).All(passenger => passenger.IsSentBack), TimeSpan.FromMilliseconds(10));

        burst.Skip(1).ShouldAllBe(passenger => passenger.Until < _clock.GetUtcNow().AddSeconds(1.2));
    }

    [Fact]
    public async Task Lanes_that_were_given_up_do_not_slow_the_others_down()
    {
        var traffic = new Traffic(_clock);
        for (var n = 0; n < 200; n++)
        {
            var held = traffic.Send(2, $"https://gone-{n}.example/");
            _clock.Advance(TimeSpan.FromSeconds(1));
            traffic.Send($"https://gone-{n}.example/").IsSentBack.ShouldBeTrue();
            foreach (var passenger in held) await passenger.FailAsync();
        }

        _clock.Advance(TimeSpan.FromMinutes(2));
        for (var n = 0; n < 2_000; n++) await traffic.Send("https://other.example/").AnswerAsync();
        HoldFor(traffic, TimeSpan.FromSeconds(5));

        traffic.Send(100, A)[^1].Until.ShouldBeLessThan(_clock.GetUtcNow().AddSeconds(7));
    }

    /// <summary>Two requests of the lane that were not answered for so long.</summary>
    private IReadOnlyList<Traffic.Passenger> HoldFor(Traffic traffic, TimeSpan silence)
    {
        var held = traffic.Send(2, A);
        _clock.Advance(silence);
        return held;
    }
}
