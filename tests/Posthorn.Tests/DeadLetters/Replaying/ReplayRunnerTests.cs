using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Replaying;

public class ReplayRunnerTests
{
    private static readonly ReplayOptions Plainly = new();
    private readonly Replays _replays = new();

    [Fact]
    public async Task All_that_match_are_put_back_and_the_run_is_completed()
    {
        _replays.Letters.Bury(450);
        _replays.Letters.Bury(Letters.Message("evt_other", tenant: "b", type: "other"));

        var run = await _replays.RunAsync(Plainly, "run_1", "type", "thing.*");

        _replays.Replayed.ShouldBe(Enumerable.Range(1, 450).Select(i => (long)i));
        (run.State, run.Detail, run.Matched, run.Done, run.Skipped, run.Failed).ShouldBe((RunState.Completed, null, 450, 450, 0, 0));
        _replays.Runs["run_1"].ShouldBe(run with { Intent = _replays.Runs["run_1"].Intent });
        _replays.Told[^1].Stage.ShouldBe(ReplayStage.Ended);
    }

    [Fact]
    public async Task What_is_put_back_carries_the_run_and_what_was_asked_for()
    {
        _replays.Letters.Bury(1);
        var elsewhere = new Elsewhere("https://staging.example.com/hook", Sealed: "sealed");

        await _replays.RunAsync(Plainly with { To = elsewhere });

        _replays.Letters.Replayed.ShouldHaveSingleItem().Changes.ShouldBe(new ReplayChanges { Run = "run_1", To = elsewhere });
    }

    [Fact]
    public async Task No_transaction_has_more_than_200()
    {
        var most = 0;
        _replays.Watch.Before = call => most = Math.Max(most, call.IsReplay ? call.Sequences.Count : 0);
        _replays.Letters.Bury(1001);

        await _replays.RunAsync(Plainly);

        most.ShouldBe(200);
    }

    [Fact]
    public async Task Each_batch_is_noted_before_it_is_put_back()
    {
        _replays.Letters.Bury(450);
        _replays.Watch.Before = call =>
        {
            if (call.IsReplay) _replays.Runs["run_1"].Intent.ShouldBe(call.Sequences);
        };

        (await _replays.RunAsync(Plainly)).Intent.ShouldBeEmpty();

        _replays.Runs["run_1"].Intent.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_dead_letter_the_run_is_completed()
    {
        (await _replays.RunAsync(Plainly)).State.ShouldBe(RunState.Completed);
    }

    [Fact]
    public async Task Fault_60_what_dies_again_while_the_run_goes_on_is_not_put_back_again()
    {
        var after = _replays.Letters.AfterReplay.ShouldNotBeNull();
        _replays.Letters.AfterReplay = letter =>
        {
            after(letter);
            _replays.Letters.Bury(letter.Message, letter.EnqueuedAt, _replays.Clock.GetUtcNow(), letter.Progress.Replays + 1);
        };
        _replays.Letters.Bury(30);

        var run = await _replays.RunAsync(Plainly with { Rate = 100 });

        (run.State, run.Done).ShouldBe((RunState.Completed, 30));
        _replays.Replayed.ShouldBe(Enumerable.Range(1, 30).Select(i => (long)i));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(199)]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(499)]
    public async Task A_limit_takes_the_oldest(int limit)
    {
        _replays.Letters.Bury(500);

        var run = await _replays.RunAsync(Plainly with { Limit = limit });

        _replays.Replayed.ShouldBe(Enumerable.Range(1, limit).Select(i => (long)i));
        (run.State, run.Done, run.Skipped).ShouldBe((RunState.Completed, limit, 0));
    }

    [Fact]
    public async Task What_is_not_fit_is_skipped_and_no_part_of_the_limit()
    {
        BuryExpiredAndFit(20);

        var run = await _replays.RunAsync(Plainly with { Limit = 5 });

        _replays.Replayed.ShouldBe([2, 4, 6, 8, 10]);
        (run.State, run.Done, run.Skipped).ShouldBe((RunState.Completed, 5, 5));
    }

    [Fact]
    public async Task What_is_not_fit_after_the_last_one_of_a_limit_is_not_counted()
    {
        _replays.Letters.Bury(2);
        for (var i = 0; i < 2; i++) _replays.Letters.Bury(Letters.Message(expiresAt: Given.Now.AddSeconds(-1)));

        (await _replays.RunAsync(Plainly with { Limit = 2 })).Skipped.ShouldBe(0);
    }

    [Fact]
    public async Task A_limit_is_reached_although_somebody_else_took_some()
    {
        _replays.Letters.Bury(100);
        var isFirst = true;
        _replays.Watch.Before = call =>
        {
            if (!call.IsReplay || !isFirst) return;
            isFirst = false;
            _ = _replays.Letters.PurgeAsync(call.Sequences, default);
        };

        var run = await _replays.RunAsync(Plainly with { Limit = 10 });

        (run.Done, run.Skipped).ShouldBe((10, 10));
        _replays.Replayed.ShouldBe(Enumerable.Range(11, 10).Select(i => (long)i));
    }

    [Fact]
    public async Task A_limit_that_is_raised_goes_on_where_it_ended()
    {
        // 20 of 20 failed: it is stopped in the batch that reached its limit.
        _replays.Letters.Bury(100);
        _replays.Fails = (_, _) => true;
        (await _replays.RunAsync(Plainly with { Limit = 30 })).State.ShouldBe(RunState.Stopped);

        var run = await _replays.ResumeAsync(Plainly with { Limit = 40, StopAt = null });

        run.Done.ShouldBe(40);
        _replays.Replayed.ShouldBe(Enumerable.Range(1, 40).Select(i => (long)i));
    }

    [Fact]
    public async Task What_is_not_fit_is_left_where_it_is()
    {
        BuryExpiredAndFit(20);

        var run = await _replays.RunAsync(Plainly);

        (run.Done, run.Skipped).ShouldBe((10, 10));
        (await _replays.Letters.SummariesAsync(0, 100, BrowseOrder.Ascending, default)).Select(letter => letter.Sequence).ShouldBe([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    }

    [Fact]
    public async Task A_fresh_deadline_is_each_profile_s_own()
    {
        _replays.Letters.Bury(Letters.Message("evt_1", profile: "standard", expiresAt: Given.Now.AddDays(-1)));
        _replays.Letters.Bury(Letters.Message("evt_2", profile: "proposal", expiresAt: Given.Now.AddDays(-1)));
        _replays.Letters.Bury(Letters.Message("evt_3", profile: "standard"));

        var run = await _replays.RunAsync(Plainly with { ResetExpiry = true });

        run.Done.ShouldBe(3);
        _replays.Letters.Replayed.ToDictionary(each => each.Letter.Sequence, each => each.Changes.Deadline)
            .ShouldBe(new Dictionary<long, DateTimeOffset?> { [1] = Given.Now.AddDays(4), [2] = Given.Now.AddHours(24), [3] = Given.Now.AddDays(4) }, ignoreOrder: true);
    }

    [Theory]
    [InlineData(0.5, 4)]
    [InlineData(1, 5)]
    [InlineData(10, 55)]
    [InlineData(25, 100)]
    [InlineData(100, 450)]
    [InlineData(5000, 6000)]
    public async Task No_second_puts_back_more_than_the_rate(double rate, int count)
    {
        _replays.Letters.Bury(count);

        await _replays.RunAsync(Plainly with { Rate = rate });

        ShouldKeepTo(rate, count);
        (_replays.Put[^1].At - Given.Now).TotalSeconds.ShouldBe(count / rate, tolerance: (1 / rate) + 0.2, "It is no slower either.");
    }

    [Fact]
    public async Task What_a_pause_held_up_is_not_caught_up_with()
    {
        _replays.Letters.Bury(100);
        _replays.Watch.Before = call =>
        {
            if (call.IsReplay && call.Sequences[0] == 21) _replays.Clock.Advance(TimeSpan.FromSeconds(30));
        };

        await _replays.RunAsync(Plainly with { Rate = 10 });

        ShouldKeepTo(10, 100, andOneBatch: 1);
    }

    [Fact]
    public async Task What_is_not_fit_costs_no_time()
    {
        for (var i = 0; i < 100; i++) _replays.Letters.Bury(Letters.Message(expiresAt: Given.Now.AddSeconds(-1)));

        await _replays.RunAsync(Plainly with { Rate = 1 });

        _replays.Clock.GetUtcNow().ShouldBe(Given.Now);
    }

    [Fact]
    public async Task A_run_that_is_interrupted_is_resumed_with_the_right_counts()
    {
        BuryExpiredAndFit(100);
        _replays.Watch.After = call =>
        {
            if (call.IsReplay && _replays.Replayed.Count() >= 20) _replays.Stop.Cancel();
        };
        var options = Plainly with { Rate = 100 };

        var run = await _replays.RunAsync(options);

        (run.State, run.Detail, run.Done, run.Skipped).ShouldBe((RunState.Interrupted, "interrupted by its operator", 20, 20));
        _replays.Runs["run_1"].State.ShouldBe(RunState.Interrupted);

        _replays.Watch.After = null;
        run = await _replays.ResumeAsync(options);

        (run.State, run.Detail, run.Done, run.Skipped).ShouldBe((RunState.Completed, null, 50, 50));
        _replays.Replayed.ShouldBe(Enumerable.Range(1, 50).Select(i => 2L * i));
    }

    private void BuryExpiredAndFit(int count)
    {
        for (var i = 1; i <= count; i++) _replays.Letters.Bury(Letters.Message($"evt_{i}", expiresAt: Given.Now.AddDays(i % 2 == 0 ? 1 : -1)));
    }

    /// <summary>In no second, and at no time all in all, more than the rate; but for the one batch of a tenth that a second begins with.</summary>
    private void ShouldKeepTo(double rate, int count, int andOneBatch = 0)
    {
        _replays.Put.Count.ShouldBe(count);
        var times = _replays.Put.Select(each => each.At).ToList();
        var most = Math.Max(1, rate + (rate % 10 == 0 ? andOneBatch : rate / 10));
        for (var first = 0; first < times.Count; first++)
        {
            var next = times.FindIndex(first, at => at >= times[first].AddSeconds(1));
            ((next < 0 ? times.Count : next) - first).ShouldBeLessThanOrEqualTo((int)most, $"in the second after {times[first] - Given.Now}");
        }
    }
}
