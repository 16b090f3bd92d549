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
            if (pacer.Take(1).Return is { } at) at.ShouldBeInRange(_clock.GetUtcNow().AddSeconds(1), _clock.GetUtcNow().AddMinutes(2.1));
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
        var lanes = new LaneSet(16, _clock, new Random(1));
        var destination = new Destination { Url = new Uri("https://a.example/"), Endpoint = "wh_1", RateLimit = 1 };
        (await lanes.EnterAsync(destination, CancellationToken.None)).MustWait.ShouldBeFalse();
        var second = lanes.EnterAsync(destination, CancellationToken.None).AsTask();
        using var third = await lanes.EnterAsync(destination, CancellationToken.None);

        (second.IsCompleted, third.MustWait).ShouldBe((false, true));
        (await lanes.EnterAsync(destination with { Endpoint = "wh_2" }, CancellationToken.None)).MustWait.ShouldBeFalse();
        (await lanes.EnterAsync(new Destination { Url = destination.Url }, CancellationToken.None)).MustWait.ShouldBeFalse();

        _clock.Advance(TimeSpan.FromSeconds(1));
        (await second).MustWait.ShouldBeFalse();
    }

    [Fact]
    public async Task A_lane_is_remembered_as_long_as_it_paces()
    {
        var lanes = new LaneSet(16, _clock, new Random(1));
        var destination = new Destination { Url = new Uri("https://a.example/"), Endpoint = "wh_1", RateLimit = 1 };
        (await lanes.EnterAsync(destination, CancellationToken.None)).Dispose();
        lanes.Count.ShouldBe(1);

        var again = lanes.EnterAsync(destination, CancellationToken.None).AsTask();
        again.IsCompleted.ShouldBeFalse();
        _clock.Advance(TimeSpan.FromSeconds(1));
        (await again).Dispose();
        _clock.Advance(TimeSpan.FromSeconds(1));
        (await lanes.EnterAsync(destination with { RateLimit = null }, CancellationToken.None)).Dispose();
        lanes.Count.ShouldBe(0);
    }

    [Fact]
    public async Task No_second_has_more_requests_than_the_rate_when_a_stall_of_the_lane_ends()
    {
        const int PerSecond = 20;
        var lanes = new LaneSet(4, _clock, new Random(1));
        var destination = new Destination { Url = new Uri("https://a.example/"), Endpoint = "wh_1", RateLimit = PerSecond };
        var returns = 0;
        var (begun, held, isStalled, gate) = (new List<DateTimeOffset>(), new List<LaneSlot>(), true, new Lock());
        for (var tick = 0; tick < 60; tick++)
        {
            _ = EnterAsync();
            await _clock.RunAsync(TimeSpan.FromMilliseconds(50), step: TimeSpan.FromMilliseconds(10));
            if (tick != 18) continue;
            // Four requests hung for nearly a second, and others waited for their turn: from now on each ends at once.
            lock (gate) isStalled = false;
            foreach (var slot in held) slot.Dispose();
        }

        await _clock.RunUntilAsync(() => begun.Count == 60, step: TimeSpan.FromMilliseconds(10));
        returns.ShouldBeLessThan(120);
        lock (gate)
        {
            begun.Sort();
            for (var i = PerSecond; i < begun.Count; i++)
                (begun[i] - begun[i - PerSecond]).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(0.8), $"request {i} of {begun.Count}");
        }

        async Task EnterAsync()
        {
            var slot = await lanes.EnterAsync(destination, CancellationToken.None);
            for (; slot.MustWait; slot = await lanes.EnterAsync(destination, CancellationToken.None))
            {
                Interlocked.Increment(ref returns);
                await Task.Delay(slot.NextTurn - _clock.GetUtcNow(), _clock);
            }

            lock (gate)
            {
                begun.Add(_clock.GetUtcNow());
                if (isStalled) held.Add(slot);
                else slot.Dispose();
            }
        }
    }
}
