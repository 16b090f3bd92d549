using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Replaying;

public class ReplayCanaryTests
{
    private static readonly ReplayOptions Carefully = new() { Canary = 3 };
    private readonly Replays _replays = new();

    public ReplayCanaryTests() => _replays.Letters.Bury(50);

    [Fact]
    public async Task A_canary_that_fails_again_stops_the_run_and_nothing_else_is_put_back()
    {
        _replays.Fails = (sequence, _) => sequence == 2;

        var run = await _replays.RunAsync(Carefully);

        (run.State, run.Done, run.Detail).ShouldBe((RunState.Stopped, 3, "1 of 3 canaries failed again: it is not fixed; nothing else was put back"));
        _replays.Replayed.ShouldBe([1, 2, 3]);
        _replays.Runs["run_1"].State.ShouldBe(RunState.Stopped);
    }

    [Fact]
    public async Task Canaries_that_are_delivered_let_the_others_follow()
    {
        _replays.VerdictAfter = TimeSpan.FromSeconds(10);

        var run = await _replays.RunAsync(Carefully);

        (run.State, run.Done, run.Skipped).ShouldBe((RunState.Completed, 50, 0));
        _replays.Put[3].At.ShouldBeGreaterThanOrEqualTo(Given.Now.AddSeconds(10));
        _replays.Replayed.ShouldBe(Enumerable.Range(1, 50).Select(i => (long)i));
        _replays.Told.Select(each => each.Stage).First().ShouldBe(ReplayStage.Canary);
    }

    [Fact]
    public async Task Canaries_without_a_verdict_in_time_stop_the_run()
    {
        _replays.VerdictAfter = TimeSpan.FromHours(1);

        var run = await _replays.RunAsync(Carefully with { CanaryWait = TimeSpan.FromSeconds(20) });

        (run.State, run.Done).ShouldBe((RunState.Stopped, 3));
        run.Detail.ShouldNotBeNull().ShouldStartWith("no verdict on 3 of 3 canaries within 0:00:20");
        _replays.Clock.GetUtcNow().ShouldBe(Given.Now.AddSeconds(20), tolerance: TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Canaries_that_somebody_else_put_back_do_not_hold_the_others_up()
    {
        var run = await _replays.BeginAsync(Carefully);
        await _replays.Letters.PurgeAsync([1, 2, 3], default);

        (await _replays.GoOnAsync(run, Carefully with { Canary = 0 })).Done.ShouldBe(47);
    }

    [Fact]
    public async Task A_run_that_is_stopped_goes_on_with_fresh_canaries()
    {
        _replays.Fails = (sequence, _) => sequence <= 3;
        await _replays.RunAsync(Carefully);

        var run = await _replays.ResumeAsync(Carefully);

        (run.State, run.Done).ShouldBe((RunState.Completed, 50));
        _replays.Put.Take(6).Select(each => each.Sequence).ShouldBe([1, 2, 3, 4, 5, 6], ignoreOrder: true);
    }

    [Fact]
    public async Task Fresh_canaries_are_not_taken_for_delivered_because_what_waited_before_is()
    {
        // 20 are put back and wait; the run is interrupted, and goes on just before they are delivered.
        var options = Carefully with { Canary = 0, Rate = 100 };
        _replays.VerdictAfter = TimeSpan.FromMinutes(10);
        _replays.Watch.After = call =>
        {
            if (call.IsReplay && _replays.Replayed.Count() == 20) _replays.Stop.Cancel();
        };
        await _replays.RunAsync(options);
        _replays.Clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(10));
        _replays.Fails = (sequence, _) => sequence > 20;

        var run = await _replays.ResumeAsync(options with { Canary = 3, CanaryWait = TimeSpan.FromMinutes(1) });

        (run.State, run.Done).ShouldBe((RunState.Stopped, 23));
    }

    [Fact]
    public async Task Fresh_canaries_that_fail_are_not_outweighed_by_earlier_failures_that_are_delivered_now()
    {
        // The first three fail, and are delivered by their next attempts; the fresh ones fail after that.
        _replays.Fails = (sequence, now) => sequence <= 3 && now < Given.Now.AddMinutes(1);
        await _replays.RunAsync(Carefully);
        _replays.VerdictAfter = TimeSpan.FromSeconds(30);
        _replays.Clock.Advance(TimeSpan.FromSeconds(45));
        _replays.Fails = (sequence, now) => sequence > 3 || now < Given.Now.AddMinutes(1);

        (await _replays.ResumeAsync(Carefully)).State.ShouldBe(RunState.Stopped);
    }

    [Fact]
    public async Task Canaries_without_a_verdict_are_waited_for_again_and_no_others_follow_them()
    {
        _replays.VerdictAfter = TimeSpan.FromMinutes(3);
        var options = Carefully with { CanaryWait = TimeSpan.FromMinutes(1) };
        var first = await _replays.RunAsync(options);

        var second = await _replays.ResumeAsync(options);
        (second.State, second.Done).ShouldBe((RunState.Stopped, first.Done), "they still have none");
        second.Detail.ShouldNotBeNull().ShouldStartWith($"no verdict on {first.Done} of {first.Done} canaries");
        _replays.VerdictAfter = TimeSpan.Zero;

        (await _replays.ResumeAsync(options with { Wait = TimeSpan.Zero })).State.ShouldBe(RunState.Completed);
    }

    [Fact]
    public async Task Canaries_are_part_of_the_limit()
    {
        (await _replays.RunAsync(Carefully with { Limit = 10 })).Done.ShouldBe(10);
    }

    [Fact]
    public async Task Fresh_canaries_do_not_go_beyond_the_limit()
    {
        _replays.Fails = (sequence, _) => sequence <= 3;
        await _replays.RunAsync(Carefully with { Limit = 4 });

        var run = await _replays.ResumeAsync(Carefully with { Limit = 4 });

        (run.State, run.Done).ShouldBe((RunState.Completed, 4));
    }
}
