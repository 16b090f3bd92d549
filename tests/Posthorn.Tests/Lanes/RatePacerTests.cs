using Microsoft.Extensions.Time.Testing;
using Posthorn.Envelopes;
using Posthorn.Lanes;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Lanes;

public class RatePacerTests
{
    private readonly FakeTimeProvider _clock = new(Given.Now);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(60)]
    [InlineData(333)]
    [InlineData(9_999)]
    public void No_second_has_more_requests_than_the_rate_however_they_come(int perSecond)
    {
        var (pacer, chance) = (new RatePacer(_clock, new Random(1)), new Random(2));
        var sent = new List<DateTimeOffset>();
        var comeBack = new PriorityQueue<int, DateTimeOffset>();
        for (var end = _clock.GetUtcNow().AddSeconds(120); _clock.GetUtcNow() < end; _clock.Advance(TimeSpan.FromMilliseconds(chance.Next(1, 40))))
        {
            var isBurst = chance.Next(100) == 0;
            for (var arrivals = isBurst ? Math.Min(2 * perSecond, 500) : chance.Next(2); arrivals > 0; arrivals--) Arrive();
            while (comeBack.TryPeek(out _, out var at) && at <= _clock.GetUtcNow())
            {
                comeBack.Dequeue();
                Arrive();
            }
        }

        sent.Sort();
        sent.Count.ShouldBeGreaterThan(50);
        for (var i = perSecond; i < sent.Count; i++) (sent[i] - sent[i - perSecond]).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));

        void Arrive()
        {
            var (wait, at) = pacer.Take(perSecond);
            if (at is { } time) comeBack.Enqueue(0, time);
            else sent.Add(_clock.GetUtcNow() + wait);
        }
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(10, 600)]
    [InlineData(50, 5_000)]
    public void What_comes_all_at_once_is_through_in_as_long_as_the_rate_takes_and_comes_back_about_once(int perSecond, int count)
    {
        var pacer = new RatePacer(_clock, new Random(1));
        var comeBack = new PriorityQueue<int, DateTimeOffset>(Enumerable.Range(0, count).Select(n => (n, _clock.GetUtcNow())));
        var (returns, last) = (0, _clock.GetUtcNow());

        while (comeBack.TryDequeue(out var n, out var due))
        {
            if (due > _clock.GetUtcNow()) _clock.SetUtcNow(due);
            var (wait, at) = pacer.Take(perSecond);
            if (at is { } time)
            {
                time.ShouldBeGreaterThan(_clock.GetUtcNow().AddSeconds(1));
                returns++;
                comeBack.Enqueue(n, time);
            }
            else if (_clock.GetUtcNow() + wait > last) last = _clock.GetUtcNow() + wait;
        }

        (returns / (double)count).ShouldBeLessThan(1.2);
        (last - Given.Now).ShouldBeInRange(TimeSpan.FromSeconds(((double)count / perSecond) - 1), TimeSpan.FromSeconds(((double)count / perSecond * 1.1) + 2));
    }

    [Fact]
    public void However_many_come_none_is_sent_far_away()
    {
        var pacer = new RatePacer(_clock, new Random(1));

        for (var i = 0; i < 10_000; i++)
            if (pacer.Take(1).Return is { } at) at.ShouldBeInRange(_clock.GetUtcNow().AddSeconds(1), _clock.GetUtcNow().AddMinutes(30.1));
    }

    [Fact]
    public void Fault_14_a_clock_that_is_set_back_does_not_stop_the_lane()
    {
        var ahead = new FakeTimeProvider(Given.Now.AddMinutes(10));
        var setBack = new RatePacer(ahead, new Random(1));
        for (var i = 0; i < 100; i++) setBack.Take(2);
        ahead.AdjustTime(Given.Now);

        setBack.Take(2).ShouldBe((TimeSpan.Zero, null));
    }

    [Fact]
    public void Who_comes_after_a_pause_goes_at_once()
    {
        var pacer = new RatePacer(_clock, new Random(1));
        pacer.Take(2).ShouldBe((TimeSpan.Zero, null));
        pacer.IsPacing.ShouldBeTrue();
        pacer.Take(2).ShouldBe((TimeSpan.FromSeconds(0.5), null));
        _clock.Advance(TimeSpan.FromSeconds(1));

        pacer.IsPacing.ShouldBeFalse();
        pacer.Take(2).ShouldBe((TimeSpan.Zero, null));
    }

    [Fact]
    public async Task An_endpoint_s_rate_holds_for_the_endpoint_and_for_no_other()
    {
        var traffic = new Traffic(_clock);
        await traffic.WarmAsync("https://a.example/");
        var destination = new Destination { Url = new Uri("https://a.example/"), Endpoint = "wh_1", RateLimit = 1 };
        traffic.Send(destination).HasBegun.ShouldBeTrue();
        var second = traffic.Send(destination);
        var third = traffic.Send(destination);

        (second.HasBegun, third.HasBegun).ShouldBe((false, false));
        traffic.Send(destination with { Endpoint = "wh_2" }).HasBegun.ShouldBeTrue();
        traffic.Send("https://a.example/").HasBegun.ShouldBeTrue();

        await _clock.RunUntilAsync(() => second.HasBegun, TimeSpan.FromMilliseconds(100));
        _clock.GetUtcNow().ShouldBeGreaterThanOrEqualTo(Given.Now.AddSeconds(1));
    }

    [Fact]
    public async Task A_lane_is_remembered_as_long_as_it_paces()
    {
        var traffic = new Traffic(_clock);
        var destination = new Destination { Url = new Uri("https://a.example/"), Endpoint = "wh_1", RateLimit = 1 };
        await traffic.Send(destination).AnswerAsync();
        traffic.Lanes.Count.ShouldBe(1);

        var again = traffic.Send(destination);
        again.HasBegun.ShouldBeFalse();
        await _clock.RunUntilAsync(() => again.HasBegun, TimeSpan.FromMilliseconds(100));
        again.BegunAt.GetValueOrDefault().ShouldBeGreaterThanOrEqualTo(Given.Now.AddSeconds(1));
    }

    [Fact]
    public async Task No_second_has_more_requests_than_the_rate_when_a_stall_of_the_lane_ends()
    {
        const int PerSecond = 20;
        var traffic = new Traffic(_clock, perLane: 4);
        var destination = new Destination { Url = new Uri("https://a.example/"), Endpoint = "wh_1", RateLimit = PerSecond };
        var (begun, returns, isStalled, gate) = (new List<Traffic.Passenger>(), 0, true, new Lock());
        for (var tick = 0; tick < 60; tick++)
        {
            _ = PassAsync();
            await _clock.RunAsync(TimeSpan.FromMilliseconds(50), step: TimeSpan.FromMilliseconds(10));
            if (tick != 18) continue;
            // Some requests hung for nearly a second, and others were waiting: from now on each ends at once.
            Volatile.Write(ref isStalled, false);
        }

        await _clock.RunUntilAsync(() => Begun().Count == 60, step: TimeSpan.FromMilliseconds(10));
        returns.ShouldBeLessThan(180);
        var times = Begun();
        for (var i = PerSecond; i < times.Count; i++) (times[i] - times[i - PerSecond]).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(0.8), $"request {i} of {times.Count}");

        List<DateTimeOffset> Begun()
        {
            lock (gate) return [.. begun.Where(passenger => passenger.HasBegun).Select(passenger => passenger.BegunAt.GetValueOrDefault()).Order()];
        }

        async Task PassAsync()
        {
            while (true)
            {
                var passenger = traffic.Send(destination);
                lock (gate) begun.Add(passenger);
                while (!passenger.Passage.IsCompleted && (Volatile.Read(ref isStalled) || !passenger.HasBegun)) await Task.Delay(TimeSpan.FromMilliseconds(10), _clock);
                if (passenger.HasBegun) await passenger.AnswerAsync();
                if (await passenger.Passage is not Passage.Later later) return;
                Interlocked.Increment(ref returns);
                await Task.Delay(later.Until - _clock.GetUtcNow(), _clock);
            }
        }
    }
}
