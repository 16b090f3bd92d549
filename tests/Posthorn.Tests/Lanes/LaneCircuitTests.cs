using Microsoft.Extensions.Time.Testing;
using Posthorn.Sending;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Lanes;

public class LaneCircuitTests
{
    private const string A = "https://a.example/";
    private readonly FakeTimeProvider _clock = new(Given.Now);
    private readonly Traffic _traffic;

    public LaneCircuitTests() => _traffic = new Traffic(_clock);

    [Fact]
    public async Task After_enough_failures_nothing_is_sent_and_the_mail_comes_back_when_the_break_ends()
    {
        await FailUntilOpenAsync();

        var waiting = _traffic.Send(10, A);

        waiting.ShouldAllBe(passenger => passenger.IsSentBack && !passenger.HasBegun);
        waiting.ShouldAllBe(passenger => passenger.Until > _clock.GetUtcNow().AddSeconds(1) && passenger.Until < _clock.GetUtcNow().AddSeconds(3.1));
        _traffic.Send("https://b.example/").HasBegun.ShouldBeTrue();
    }

    [Theory]
    [InlineData(503, true)]
    [InlineData(429, true)]
    [InlineData(500, false)]
    [InlineData(404, false)]
    public async Task A_receiver_that_cannot_take_more_opens_it_and_one_that_only_refuses_does_not(int status, bool opens)
    {
        for (var n = 0; n < 300; n++)
        {
            var next = _traffic.Send(A);
            if (next.HasBegun) await next.AnswerAsync(status);
        }

        _traffic.Send(A).IsSentBack.ShouldBe(opens);
    }

    [Fact]
    public async Task A_few_failures_among_successes_do_not_open_it()
    {
        for (var n = 0; n < 600; n++)
        {
            var next = _traffic.Send(A);
            next.HasBegun.ShouldBeTrue();
            await (n % 3 == 0 ? next.AnswerAsync() : next.FailAsync());
        }
    }

    [Fact]
    public async Task Thirty_messages_that_fail_at_every_attempt_of_a_short_schedule_do_not_open_it()
    {
        for (var n = 0; n < 200; n++) await _traffic.Send(A).FailAsync();

        _traffic.Send(A).HasBegun.ShouldBeTrue();
    }

    [Fact]
    public async Task After_the_break_one_probe_goes_through_and_a_failed_one_makes_the_break_longer()
    {
        await FailUntilOpenAsync();
        _clock.Advance(TimeSpan.FromSeconds(3));

        var (probe, other) = (_traffic.Send(A), _traffic.Send(A));
        (probe.HasBegun, other.IsSentBack).ShouldBe((true, true));
        await probe.FailAsync();

        _clock.Advance(TimeSpan.FromSeconds(3));
        _traffic.Send(A).IsSentBack.ShouldBeTrue("the second break is about four seconds long");
        _clock.Advance(TimeSpan.FromSeconds(2));
        _traffic.Send(A).HasBegun.ShouldBeTrue();
    }

    [Fact]
    public async Task Fault_68_a_lane_that_recovers_begins_with_one_and_ramps_up()
    {
        await FailUntilOpenAsync();
        _clock.Advance(TimeSpan.FromSeconds(3));
        await _traffic.Send(A).AnswerAsync();

        var all = new List<Traffic.Passenger>();
        for (var (allowed, answered) = (2, 0); allowed < 16; allowed++, answered++)
        {
            all.AddRange(_traffic.Send(3, A));
            await _clock.RunUntilAsync(() => InFlight(all) == allowed, TimeSpan.FromTicks(1));
            await all.First(passenger => passenger.HasBegun && !passenger.Result.Task.IsCompleted).AnswerAsync();
        }
    }

    [Fact]
    public async Task A_probe_that_sent_nothing_does_not_close_it()
    {
        await FailUntilOpenAsync();
        _clock.Advance(TimeSpan.FromSeconds(3));

        await _traffic.Send(A).FailAsync(SendError.SecretUnavailable);

        _traffic.Send(A).IsSentBack.ShouldBeTrue();
    }

    [Fact]
    public async Task A_few_requests_that_run_out_of_their_time_open_it()
    {
        for (var n = 0; n < 7; n++)
        {
            var next = _traffic.Send(A);
            next.HasBegun.ShouldBeTrue();
            _clock.Advance(TimeSpan.FromSeconds(15));
            await next.FailAsync(took: TimeSpan.FromSeconds(15));
        }

        _traffic.Send(A).IsSentBack.ShouldBeTrue();
    }

    [Fact]
    public async Task The_longest_break_is_about_half_a_minute()
    {
        await FailUntilOpenAsync();
        for (var probes = 0; probes < 20; probes++)
        {
            _clock.Advance(TimeSpan.FromSeconds(37));
            var probe = _traffic.Send(A);
            probe.HasBegun.ShouldBeTrue($"probe {probes}");
            await probe.FailAsync();
        }
    }

    private async Task FailUntilOpenAsync()
    {
        for (var n = 0; n < 300; n++)
        {
            var next = _traffic.Send(A);
            if (next.IsSentBack) return;
            await next.FailAsync();
        }

        Assert.Fail("it did not open");
    }

    private static int InFlight(List<Traffic.Passenger> all) => all.Count(passenger => passenger.HasBegun && !passenger.Passage.IsCompleted);
}
