using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Queues;
using Posthorn.Stores;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Replaying;

/// <summary>A process may die, the queue may go away, and another process may take over, at any moment.</summary>
public class ReplayCrashTests
{
    private const int Fit = 30;
    private const int Unfit = 5;

    public static TheoryData<string, bool> Ways
    {
        get
        {
            var ways = new TheoryData<string, bool>();
            foreach (var way in Options.Keys)
            {
                ways.Add(way, true);
                ways.Add(way, false);
            }

            return ways;
        }
    }

    private static Dictionary<string, ReplayOptions> Options { get; } = new(StringComparer.Ordinal)
    {
        ["plainly"] = new ReplayOptions(),
        ["in batches"] = new ReplayOptions { Rate = 100 },
        ["one by one"] = new ReplayOptions { Rate = 5 },
        ["with canaries"] = new ReplayOptions { Rate = 100, Canary = 4 },
        ["up to a limit"] = new ReplayOptions { Rate = 50, Limit = 17 },
        ["with fresh deadlines"] = new ReplayOptions { Rate = 100, ResetExpiry = true },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Fault_6_59_after_a_crash_at_any_call_each_is_put_back_once_and_counted_once(string way, bool tookEffect)
    {
        var crash = 1;
        for (; await CrashesAsync(Options[way], crash, tookEffect); crash++)
        {
        }

        crash.ShouldBeGreaterThan(4, "There were calls to crash at.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Fault_6_59_after_many_crashes_each_is_put_back_once_and_counted_once(int seed)
    {
        var chance = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var replays = Given35();
            var options = Options.Values.ElementAt(chance.Next(Options.Count));
            var run = await replays.BeginAsync(options);
            Action<CallWatch.Call> maybe = _ =>
            {
                if (chance.Next(8) == 0) throw new CrashException();
            };
            (replays.Watch.Before, replays.Watch.After) = (maybe, maybe);
            if (!await TryAsync(() => replays.GoOnAsync(run, options)))
            {
                for (var tries = 0; !await TryAsync(() => replays.ResumeAsync(options)); tries++)
                    if (tries == 200) (replays.Watch.Before, replays.Watch.After) = (null, null);
            }

            ShouldBeWhole(replays, options);
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Fault_6_59_when_the_queue_goes_away_at_any_call_each_is_put_back_once_and_counted_once(string way, bool tookEffect)
    {
        var goes = 1;
        for (; await GoesAwayAsync(Options[way], goes, forHowMany: 1, tookEffect); goes++)
        {
        }

        for (goes = 1; await GoesAwayAsync(Options[way], goes, forHowMany: 100_000, tookEffect); goes++)
        {
        }
    }

    [Fact]
    public async Task A_queue_that_is_away_for_a_moment_interrupts_nothing()
    {
        var replays = Given35();
        var fails = 3;
        replays.Watch.Before = call =>
        {
            if (call.IsReplay && fails-- > 0) throw new QueueUnavailableException("away");
        };

        var run = await replays.RunAsync(new ReplayOptions());

        (run.State, run.Done, run.Failed).ShouldBe((RunState.Completed, Fit, 0));
    }

    [Fact]
    public async Task An_answer_that_is_lost_does_not_change_the_count()
    {
        var replays = Given35();
        var isFirst = true;
        replays.Watch.After = call =>
        {
            if (!call.IsReplay || !isFirst) return;
            isFirst = false;
            throw new QueueUnavailableException("away");
        };

        var run = await replays.RunAsync(new ReplayOptions());

        (run.State, run.Done, run.Failed, run.Skipped).ShouldBe((RunState.Completed, Fit, 0, Unfit));
        replays.Replayed.Count().ShouldBe(Fit);
    }

    [Theory]
    [InlineData("plainly")]
    [InlineData("in batches")]
    [InlineData("one by one")]
    [InlineData("with canaries")]
    public async Task A_queue_that_takes_nothing_back_for_long_interrupts_the_run(string way)
    {
        var replays = Given35();
        replays.Letters.IsAway = true;

        var run = await replays.RunAsync(Options[way]);

        (run.State, run.Done).ShouldBe((RunState.Interrupted, 0));
        run.Failed.ShouldBeLessThan(3);
        run.Detail.ShouldNotBeNull().ShouldStartWith("the queue is unavailable");

        replays.Letters.IsAway = false;
        (await replays.ResumeAsync(Options[way])).State.ShouldBe(RunState.Completed);
    }

    [Fact]
    public async Task A_queue_that_cannot_be_reached_at_all_interrupts_the_run()
    {
        var replays = Given35();
        replays.Watch.Before = call =>
        {
            if (call.Name != nameof(IDeadLetterRunStore.SaveAsync)) throw new QueueUnavailableException("away");
        };

        var run = await replays.RunAsync(new ReplayOptions());

        (run.State, run.Done, run.Detail).ShouldBe((RunState.Interrupted, 0, "the queue is unavailable: away"));
        replays.Runs["run_1"].State.ShouldBe(RunState.Interrupted);
    }

    [Fact]
    public async Task A_queue_that_goes_away_when_all_are_put_back_leaves_the_run_completed()
    {
        var replays = Given35();
        replays.VerdictAfter = TimeSpan.FromHours(1);
        replays.Watch.Before = call =>
        {
            if (call.Name == nameof(IDeadLetterQueue.FollowAsync) && replays.Runs["run_1"].State == RunState.Completed) throw new QueueUnavailableException("away");
        };

        (await replays.RunAsync(new ReplayOptions { Wait = TimeSpan.FromSeconds(10) })).State.ShouldBe(RunState.Completed);

        replays.Runs["run_1"].State.ShouldBe(RunState.Completed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(30)]
    public async Task One_damaged_letter_has_failed_and_the_others_go_on(long damaged)
    {
        foreach (var (way, options) in Options.Where(each => each.Value is { Limit: null, ResetExpiry: false, Canary: 0 }))
        {
            var replays = Given35();
            replays.Watch.Before = call =>
            {
                if (call.IsReplay && call.Sequences.Contains(damaged)) throw new QueueUnavailableException("the row is damaged");
            };

            var run = await replays.RunAsync(options);

            (run.State, run.Done, run.Failed, run.Skipped).ShouldBe((RunState.Completed, Fit - 1, 1, Unfit), way);
            replays.Replayed.ShouldNotContain(damaged);
        }
    }

    [Fact]
    public async Task A_run_that_another_process_has_taken_over_is_left()
    {
        var replays = Given35();
        replays.Watch.After = call =>
        {
            if (call.IsReplay && replays.Replayed.Count() >= 20) _ = replays.Runs.TakeOverAsync("run_1", "a", "somebody", default);
        };

        var run = await replays.RunAsync(new ReplayOptions { Rate = 100 });

        (run.State, run.Detail).ShouldBe((RunState.Interrupted, "another process has taken the run over"));
        replays.Replayed.Count().ShouldBeInRange(20, 28);
        (replays.Runs["run_1"].Owner, replays.Runs["run_1"].State).ShouldBe(("somebody", RunState.Running));
        (await replays.ResumeAsync(new ReplayOptions { Rate = 100 })).Done.ShouldBe(Fit);
    }

    [Fact]
    public async Task A_run_that_is_taken_over_while_it_is_interrupted_is_left()
    {
        var replays = Given35();
        replays.Watch.After = call =>
        {
            if (!call.IsReplay || replays.Replayed.Count() < 20) return;
            _ = replays.Runs.TakeOverAsync("run_1", "a", "somebody", default);
            replays.Stop.Cancel();
        };

        var run = await replays.RunAsync(new ReplayOptions { Rate = 100 });

        (run.State, run.Detail).ShouldBe((RunState.Interrupted, "another process has taken the run over"));
        replays.Runs["run_1"].State.ShouldBe(RunState.Running);
    }

    [Fact]
    public async Task A_store_that_is_away_ends_the_run_before_anything_is_put_back_that_it_does_not_know_of()
    {
        var replays = Given35();
        replays.Runs.BeforeSave = _ => throw new StoreUnavailableException("away");

        await Should.ThrowAsync<StoreUnavailableException>(() => replays.RunAsync(new ReplayOptions()));

        replays.Replayed.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(30, 1)]
    [InlineData(30, 2)]
    [InlineData(1200, 1)]
    [InlineData(1200, 4)]
    public async Task Of_two_runs_over_the_same_letters_each_letter_is_one_s_and_the_other_skips_it(int count, int after)
    {
        var replays = new Replays();
        replays.Letters.Bury(count);
        var options = new ReplayOptions { Rate = count };
        await replays.BeginAsync(options, "run_a");
        DeadLetterRun? other = null;
        var batches = 0;
        replays.Watch.Before = call =>
        {
            if (call.IsReplay && ++batches == after) other = replays.RunAsync(options, "run_b").GetAwaiter().GetResult();
        };

        var run = await replays.GoOnAsync(replays.Runs["run_a"], options);

        replays.Replayed.ShouldBe(Enumerable.Range(1, count).Select(i => (long)i));
        (other.ShouldNotBeNull().State, run.State).ShouldBe((RunState.Completed, RunState.Completed));
        (run.Done + other.Done).ShouldBe(count);
        (run.Done + run.Skipped, run.Failed).ShouldBe((count, 0));
        other.Done.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Fault_6_59_two_runs_at_once_put_each_letter_back_once()
    {
        var replays = new Replays();
        replays.Letters.Bury(1000);
        var runs = new[] { await replays.BeginAsync(new ReplayOptions(), "run_a"), await replays.BeginAsync(new ReplayOptions(), "run_b") };

        var ended = await Task.WhenAll(runs.Select(run => Task.Run(() => replays.GoOnAsync(run, new ReplayOptions()))));

        replays.Replayed.ShouldBe(Enumerable.Range(1, 1000).Select(i => (long)i));
        ended.Sum(run => run.Done).ShouldBe(1000);
        ended.ShouldAllBe(run => run.State == RunState.Completed && run.Done + run.Skipped == 1000);
    }

    /// <summary>Whether there was such a call; if so, the process died there and another one went on.</summary>
    private static async Task<bool> CrashesAsync(ReplayOptions options, int crash, bool tookEffect)
    {
        var replays = Given35();
        var run = await replays.BeginAsync(options);
        Action<CallWatch.Call> crashing = call =>
        {
            if (call.Number == crash) throw new CrashException();
        };
        (replays.Watch.Before, replays.Watch.After) = tookEffect ? (null, crashing) : (crashing, (Action<CallWatch.Call>?)null);
        var ended = await TryAsync(() => replays.GoOnAsync(run, options));
        (replays.Watch.Before, replays.Watch.After) = (null, null);
        if (!ended) (await replays.ResumeAsync(options)).State.ShouldBe(RunState.Completed, $"after a crash at call {crash}");
        ShouldBeWhole(replays, options, $"after a crash at call {crash}");
        return !ended;
    }

    /// <summary>Whether there was such a call; if so, the queue went away there for some calls, and the run went on or was resumed.</summary>
    private static async Task<bool> GoesAwayAsync(ReplayOptions options, int from, int forHowMany, bool tookEffect)
    {
        var replays = Given35();
        var met = 0;
        Action<CallWatch.Call> away = call =>
        {
            if (call.Number < from || met >= forHowMany || call.Name == nameof(IDeadLetterRunStore.SaveAsync)) return;
            met++;
            throw new QueueUnavailableException("away");
        };
        (replays.Watch.Before, replays.Watch.After) = tookEffect ? (null, away) : (away, (Action<CallWatch.Call>?)null);
        var run = await replays.RunAsync(options);
        (replays.Watch.Before, replays.Watch.After) = (null, null);
        if (run.State != RunState.Completed) run = await replays.ResumeAsync(options);
        run.State.ShouldBe(RunState.Completed, $"after call {from}");
        ShouldBeWhole(replays, options, $"after call {from}");
        return met > 0;
    }

    /// <summary>30 letters of two profiles that can be put back, and 5 among them whose deadline has passed.</summary>
    private static Replays Given35()
    {
        var replays = new Replays();
        for (var i = 1; i <= Fit; i++)
        {
            replays.Letters.Bury(Letters.Message($"evt_{i}", profile: i % 3 == 0 ? "proposal" : "standard", expiresAt: Given.Now.AddHours(12)));
            if (i % 6 == 0) replays.Letters.Bury(Letters.Message($"evt_x{i}", expiresAt: Given.Now.AddHours(-1)));
        }

        return replays;
    }

    private static async Task<bool> TryAsync(Func<Task<DeadLetterRun>> run)
    {
        try
        {
            await run();
            return true;
        }
        catch (CrashException)
        {
            return false;
        }
    }

    /// <summary>Each letter that could be was put back once, and the run says so.</summary>
    private static void ShouldBeWhole(Replays replays, ReplayOptions options, string when = "")
    {
        var run = replays.Runs["run_1"];
        var fit = options.ResetExpiry ? Fit + Unfit : Fit;
        var expected = (int)Math.Min(options.Limit ?? fit, fit);
        replays.Replayed.ShouldBeUnique();
        replays.Replayed.Count().ShouldBe(expected, when);
        (run.State, run.Done, run.Failed).ShouldBe((RunState.Completed, expected, 0), when);
        if (options.Limit is null) run.Skipped.ShouldBe(options.ResetExpiry ? 0 : Unfit, when);
        run.Intent.ShouldBeEmpty();
    }
}
