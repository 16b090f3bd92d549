using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Replaying;

public class ReplayStopTests
{
    private static readonly ReplayOptions Slowly = new() { Rate = 10 };
    private readonly Replays _replays = new();

    [Fact]
    public async Task A_run_stops_when_more_than_its_share_fails_again()
    {
        _replays.Letters.Bury(100);
        _replays.Fails = (sequence, _) => sequence % 4 == 0;

        var run = await _replays.RunAsync(Slowly);

        run.State.ShouldBe(RunState.Stopped);
        run.Done.ShouldBeInRange(20, 24);
        run.Detail.ShouldBe($"{run.Done / 4} of {run.Done} failed again, which is more than 20%; the rest stays where it is".Replace("20%", $"{0.2:P0}", StringComparison.Ordinal));
        _replays.Replayed.Count().ShouldBe((int)run.Done);
        _replays.Runs["run_1"].ShouldBe(run with { Intent = _replays.Runs["run_1"].Intent });
    }

    [Theory]
    [InlineData(5, 0.2)]
    [InlineData(3, 0.34)]
    [InlineData(1, 1.0)]
    public async Task A_run_goes_on_while_no_more_than_its_share_fails_again(int every, double share)
    {
        _replays.Letters.Bury(100);
        _replays.Fails = (sequence, _) => sequence % every == 0;

        var run = await _replays.RunAsync(Slowly with { StopAt = share });

        (run.State, run.Done).ShouldBe((RunState.Completed, 100));
        _replays.Told.ShouldNotContain(each => each.Stage == ReplayStage.Paused);
    }

    [Fact]
    public async Task A_share_of_none_stops_at_the_first_failure_of_twenty_verdicts()
    {
        _replays.Letters.Bury(100);
        _replays.Fails = (sequence, _) => sequence == 1;

        var run = await _replays.RunAsync(Slowly with { StopAt = 0 });

        run.State.ShouldBe(RunState.Stopped);
        run.Done.ShouldBeInRange(20, 23);
    }

    [Fact]
    public async Task Fewer_than_twenty_verdicts_stop_nothing()
    {
        _replays.Letters.Bury(19);
        _replays.Fails = (_, _) => true;

        (await _replays.RunAsync(Slowly)).State.ShouldBe(RunState.Completed);
    }

    [Fact]
    public async Task What_waits_is_no_verdict()
    {
        _replays.Letters.Bury(100);
        _replays.VerdictAfter = TimeSpan.FromSeconds(7);
        _replays.Fails = (sequence, _) => sequence <= 18;

        // After 9 s, 90 are put back and 20 have a verdict; 18 of those are more than a fifth, though not of 90.
        var run = await _replays.RunAsync(Slowly);

        run.State.ShouldBe(RunState.Stopped);
        run.Done.ShouldBeInRange(88, 96);
    }

    [Fact]
    public async Task Off_never_stops()
    {
        _replays.Letters.Bury(100);
        _replays.Fails = (_, _) => true;

        (await _replays.RunAsync(Slowly with { StopAt = null })).State.ShouldBe(RunState.Completed);
    }

    [Fact]
    public async Task A_run_that_is_too_much_pauses_while_verdicts_are_due_and_goes_on_when_they_turn_good()
    {
        _replays.Letters.Bury(100);
        _replays.VerdictAfter = TimeSpan.FromSeconds(1);
        _replays.Fails = (sequence, now) => sequence is > 10 and <= 20 && now < Given.Now.AddSeconds(3.5);

        var run = await _replays.RunAsync(Slowly);

        (run.State, run.Done).ShouldBe((RunState.Completed, 100));
        _replays.Told.ShouldContain(each => each.Stage == ReplayStage.Paused);
    }

    [Fact]
    public async Task A_pause_ends_in_a_stop_when_no_verdict_comes()
    {
        _replays.Letters.Bury(200);
        _replays.VerdictAfter = TimeSpan.FromSeconds(3);
        _replays.Fails = (_, _) => true;
        var run = await _replays.RunAsync(Slowly);

        run.State.ShouldBe(RunState.Stopped);
        run.Done.ShouldBeInRange(48, 54);
        _replays.Told.ShouldContain(each => each.Stage == ReplayStage.Paused);
    }

    [Fact]
    public async Task What_failed_before_does_not_count_when_the_run_goes_on()
    {
        _replays.Letters.Bury(100);
        _replays.Fails = (sequence, _) => sequence <= 40;
        var stopped = await _replays.RunAsync(Slowly);
        stopped.State.ShouldBe(RunState.Stopped);
        _replays.Fails = (sequence, _) => sequence <= stopped.Done;

        var run = await _replays.ResumeAsync(Slowly);

        (run.State, run.Done).ShouldBe((RunState.Completed, 100));
    }

    [Fact]
    public async Task What_a_crash_left_done_is_no_verdict_of_the_run_that_goes_on()
    {
        // 200 are put back and delivered, and the process dies before it counts them. Of what follows, all fail.
        _replays.Letters.Bury(400);
        _replays.Watch.After = call =>
        {
            if (call.IsReplay) throw new CrashException();
        };
        await Should.ThrowAsync<CrashException>(() => _replays.RunAsync(new ReplayOptions()));
        _replays.Watch.After = null;
        _replays.Fails = (sequence, _) => sequence > 200;

        var run = await _replays.ResumeAsync(Slowly);

        run.State.ShouldBe(RunState.Stopped);
        run.Done.ShouldBeInRange(220, 224);
    }

    [Fact]
    public async Task What_waited_before_makes_no_share_smaller_when_the_run_goes_on()
    {
        // 200 wait when it is interrupted; they are delivered first, and then a third of the others fails.
        _replays.Letters.Bury(500);
        _replays.VerdictAfter = TimeSpan.FromSeconds(5);
        _replays.Watch.After = call =>
        {
            if (call.IsReplay && !_replays.Stop.IsCancellationRequested && _replays.Replayed.Count() == 200) _replays.Stop.Cancel();
        };
        (await _replays.RunAsync(new ReplayOptions())).Done.ShouldBe(200);
        _replays.Fails = (sequence, _) => sequence > 200 && sequence % 3 == 0;

        var run = await _replays.ResumeAsync(Slowly);

        run.State.ShouldBe(RunState.Stopped);
        run.Done.ShouldBeInRange(260, 290);
    }

    [Fact]
    public async Task The_end_waits_for_verdicts_as_long_as_it_was_asked_to()
    {
        _replays.Letters.Bury(5);
        _replays.VerdictAfter = TimeSpan.FromSeconds(8);

        (await _replays.RunAsync(new ReplayOptions { Wait = TimeSpan.FromMinutes(1) })).State.ShouldBe(RunState.Completed);

        _replays.Clock.GetUtcNow().ShouldBe(Given.Now.AddSeconds(8), tolerance: TimeSpan.FromSeconds(1));
        (_replays.Told[^1].Delivered, _replays.Told[^1].Remains.Waiting).ShouldBe((5, 0));
    }

    [Fact]
    public async Task The_end_does_not_wait_unless_asked_to()
    {
        _replays.Letters.Bury(5);
        _replays.VerdictAfter = TimeSpan.FromSeconds(8);

        await _replays.RunAsync(new ReplayOptions());

        _replays.Clock.GetUtcNow().ShouldBe(Given.Now);
        (_replays.Told[^1].Delivered, _replays.Told[^1].Remains.Waiting).ShouldBe((0, 5));
    }
}
