using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary>The end of a verb that had nothing to do, or was only to show what it would.</summary>
internal static class NoRun
{
    /// <summary>Tells what would have been done; the answer is the exit code.</summary>
    /// <param name="kind">What it would do.</param>
    /// <param name="filter">Which were meant.</param>
    /// <param name="plan">What that means.</param>
    /// <param name="json">For scripts: the groups a line each, and then the counts.</param>
    /// <param name="isDry">Whether only that was asked for.</param>
    /// <param name="would">What would have been done, for a person.</param>
    public static int End(RunKind kind, DeadLetterFilter filter, ReplayPlan plan, bool json, bool isDry, string would)
    {
        if (json)
        {
            foreach (var group in isDry ? plan.Groups : []) Terminal.Json(group, DeadLetterGroupJson.Default.DeadLetterGroup);
            Terminal.Json(Line(kind, filter, plan, isDry), RunJson.Default.RunLine);
            return ExitCode.Done;
        }

        if (plan.Matched > 0) RunQuestion.Preview(plan.Groups);
        Terminal.Line(plan.Matched == 0 ? $"No dead letter matches {filter}." : would);
        return ExitCode.Done;
    }

    private static RunLine Line(RunKind kind, DeadLetterFilter filter, ReplayPlan plan, bool isDry) => new()
    {
        Run = null,
        Kind = Names.Of(kind),
        Status = isDry ? "dry_run" : Names.Of(RunState.Completed),
        Filter = filter.ToString(),
        Matched = plan.Matched,
        Replayed = kind == RunKind.Replay ? 0 : null,
        Purged = kind == RunKind.Purge ? 0 : null,
        Skipped = isDry && kind == RunKind.Replay ? plan.Expired : 0,
        Failed = 0,
    };
}
