using System.CommandLine;
using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Queues;
using Posthorn.Settings;
using Posthorn.Worker.Composition;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary><c>posthorn dead-letters replay</c>: puts dead letters back, carefully.</summary>
internal static class ReplayCommand
{
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Show what would be put back, and do nothing" };

    private static readonly Option<bool> Edit = new("--edit") { Description = "Open the envelope in $EDITOR first; for one dead letter only" };

    private static readonly Option<string?> Resume = new("--resume") { Description = "Go on with a run that was interrupted or stopped", HelpName = "RUN" };

    private static readonly Option<bool> Json = new("--json") { Description = "The outcome as one JSON object, on the last line" };

    public static Command Create(CommandContext context)
    {
        var replay = new Command("replay", "Put dead letters back on the queue")
        {
            DryRun, RunQuestion.Yes, Edit, Resume, RunQuestion.Operator, Json,
        }.WithFilter();
        foreach (var option in ReplaySettings.All) replay.Add(option);
        replay.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), parsed, cancellation));
        return replay;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Resume) is { } id) return await ResumeAsync(settings, parsed, id, cancellationToken);
        var filter = FilterOptions.Read(parsed);
        var operatorName = RunQuestion.OperatorOf(parsed);
        await using var open = await OpenRuns.OpenAsync(settings, cancellationToken);
        var options = ReplaySettings.Read(settings, open.Queue, parsed);
        var plan = await ReplayPlan.MakeAsync(open.Letters, filter, new ReplayFitness(options, settings.Profiles, TimeProvider.System), options.Canary, cancellationToken);
        if (plan.Matched == 0 || parsed.GetValue(DryRun))
            return NoRun.End(RunKind.Replay, filter, plan, parsed.GetValue(Json), parsed.GetValue(DryRun), $"{RunQuestion.Count(plan.Matched - plan.Expired)} would be put back{Left(plan)}.");
        if (parsed.GetValue(Edit))
        {
            if (await EditAsync(settings, open, filter, plan, cancellationToken) is not { } edited) return ExitCode.FailedInPart;
            options = options with { Instead = edited };
        }

        RunQuestion.Preview(plan.Groups);
        if (!RunQuestion.Confirm(parsed, Question(plan, options))) return ExitCode.FailedInPart;
        var run = await open.BeginAsync(OpenRuns.NewId(), RunKind.Replay, filter, options.ToJson(), operatorName, plan.Matched, plan.LastSequence);
        return await GoAsync(settings, parsed, open, run, filter, options, plan.Canaries);
    }

    private static async Task<int> ResumeAsync(WorkerSettings settings, ParseResult parsed, string id, CancellationToken cancellationToken)
    {
        if (FilterOptions.AnyGiven(parsed)) throw new SettingsException("--resume", "stands beside a filter; a run goes on with its own", "--resume RUN without a filter");
        await using var open = await OpenRuns.OpenAsync(settings, cancellationToken);
        if (await open.Runs.FindAsync(id, cancellationToken) is not { Kind: RunKind.Replay } run)
            throw new SettingsException("--resume", $"there is no replay run '{Shown(id)}'", "a run that 'posthorn dead-letters runs' lists");
        if (RunOwner.StateOf(run, TimeProvider.System.GetUtcNow()) == RunState.Running)
        {
            Terminal.Error($"{run.Id} is still being worked on by {run.Operator} (process {run.Owner.Split('/')[1]} on {run.Owner.Split('/')[0]})");
            return ExitCode.FailedInPart;
        }

        var filter = DeadLetterFilter.FromJson(run.Filter);
        var options = ReplaySettings.Over(ReplayOptions.FromJson(run.Options), parsed);
        if (run.State == RunState.Completed)
        {
            Terminal.Note($"{run.Id} is completed: there is nothing left to do.");
            return new ReplayReport(parsed.GetValue(Json), options, run).End(run, await open.Letters.FollowAsync(run.Id, cancellationToken));
        }

        if (await open.Runs.TakeOverAsync(run.Id, run.Owner, RunOwner.OfThisProcess(), cancellationToken) is not { } mine)
        {
            Terminal.Error($"{run.Id}: another process has just gone on with it");
            return ExitCode.FailedInPart;
        }

        var isThrough = run.Cursor > 0 && !ReplaySettings.IsCanaryGiven(parsed); // It had its canaries, and they held.
        var canaries = options.Canary == 0 || isThrough ? [] : await CanariesAsync(settings, open, filter, options, mine.LastSequence, cancellationToken);
        return await GoAsync(settings, parsed, open, mine with { State = RunState.Running, Detail = null }, filter, options, canaries);
    }

    /// <summary>New canaries for a run that goes on: of those that were dead when it began.</summary>
    private static async Task<IReadOnlyList<long>> CanariesAsync(
        WorkerSettings settings, OpenRuns open, DeadLetterFilter filter, ReplayOptions options, long lastSequence, CancellationToken cancellationToken)
    {
        var plan = await ReplayPlan.MakeAsync(open.Letters, filter, new ReplayFitness(options, settings.Profiles, TimeProvider.System), options.Canary, cancellationToken);
        return [.. plan.Canaries.Where(canary => canary <= lastSequence)];
    }

    private static async Task<int> GoAsync(
        WorkerSettings settings, ParseResult parsed, OpenRuns open, DeadLetterRun run, DeadLetterFilter filter, ReplayOptions options, IReadOnlyList<long> canaries)
    {
        using var interruption = new Interruption();
        var report = new ReplayReport(parsed.GetValue(Json), options, run);
        var fitness = new ReplayFitness(options, settings.Profiles, TimeProvider.System);
        var runner = new ReplayRunner(run, filter, options, fitness, open.Letters, open.Runs, report.Saw, TimeProvider.System);
        var ended = await report.WhileShowingProgressAsync(() => runner.RunAsync(canaries, interruption.Token));
        return report.End(ended, report.Remains);
    }

    private static string Question(ReplayPlan plan, ReplayOptions options)
    {
        var many = options.Limit is { } limit && limit < plan.Matched ? $"the first {limit} of {RunQuestion.Count(plan.Matched)}" : RunQuestion.Count(plan.Matched);
        var where = options.To is { } elsewhere ? $", to {elsewhere.Url} instead of where they belong (with their signatures, tokens and headers)" : "";
        return $"Put {many} back{where}{(options.Instead is null ? Left(plan) : "")}?";
    }

    private static string Left(ReplayPlan plan) =>
        plan.Expired == 0
            ? ""
            : $"; {plan.Expired} {(plan.Expired == 1 ? "is" : "are")} left, as the deadline has passed and it would die again (--reset-expiry gives a fresh one)";

    private static async Task<QueueMessage?> EditAsync(WorkerSettings settings, OpenRuns open, DeadLetterFilter filter, ReplayPlan plan, CancellationToken cancellationToken)
    {
        if (plan.Matched != 1) throw new SettingsException("--edit", $"is for one dead letter, and {plan.Matched} match", "a filter that matches one, such as --sequence 12");
        var only = (await new DeadLetterScan(open.Letters, filter).NewestAsync(1, cancellationToken))[0];
        var letter = await DeadLetterFinder.ReadAsync(open.Letters, only.Sequence, cancellationToken);
        return letter is null ? null : await EditedEnvelope.AskAsync(letter, settings.Profiles, open.Queue, cancellationToken);
    }

    private static string Shown(string id) => id.Length > 60 ? id[..60] + "…" : id;
}
