using System.CommandLine;
using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Exporting;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Settings;
using Posthorn.Worker.Composition;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary><c>posthorn dead-letters purge</c>: deletes dead letters for good, and writes down what it deletes.</summary>
internal static class PurgeCommand
{
    private static readonly Option<string?> Export = new("--export") { Description = "Write what is deleted to this new file first (default: dead-letters-RUN.ndjson in this folder)", HelpName = "FILE" };

    private static readonly Option<bool> NoExport = new("--no-export") { Description = "Write nothing: what is deleted cannot be put back" };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Show what would be deleted, and do nothing" };

    private static readonly Option<bool> Json = new("--json") { Description = "The outcome as one JSON object, on the last line" };

    public static Command Create(CommandContext context)
    {
        var purge = new Command("purge", "Delete dead letters for good") { Export, NoExport, DryRun, RunQuestion.Yes, RunQuestion.Operator, Json }.WithFilter();
        purge.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), parsed, cancellation));
        return purge;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var filter = FilterOptions.Read(parsed);
        var operatorName = RunQuestion.OperatorOf(parsed);
        if (parsed.GetValue(NoExport) && parsed.GetValue(Export) is not null) throw new SettingsException("--no-export", "stands beside --export", "one of them");
        await using var open = await OpenRuns.OpenAsync(settings, cancellationToken);
        var plan = await ReplayPlan.MakeAsync(open.Letters, filter, new ReplayFitness(new ReplayOptions { ResetExpiry = true }, settings.Profiles, TimeProvider.System), canaries: 0, cancellationToken);
        if (plan.Matched == 0 || parsed.GetValue(DryRun))
            return NoRun.End(RunKind.Purge, filter, plan, parsed.GetValue(Json), parsed.GetValue(DryRun), $"{RunQuestion.Count(plan.Matched)} would be deleted.");

        RunQuestion.Preview(plan.Groups);
        if (!RunQuestion.Confirm(parsed, $"Delete {RunQuestion.Count(plan.Matched)} for good{(parsed.GetValue(NoExport) ? ", without an export" : "")}?")) return ExitCode.FailedInPart;
        var id = OpenRuns.NewId();
        using var file = parsed.GetValue(NoExport) ? null : ExportFile.Create("--export", parsed.GetValue(Export) ?? $"dead-letters-{id}.ndjson");
        var run = await open.BeginAsync(id, RunKind.Purge, filter, "{}", operatorName, plan.Matched, plan.LastSequence);
        return await GoAsync(settings, parsed, open, run, filter, file);
    }

    private static async Task<int> GoAsync(WorkerSettings settings, ParseResult parsed, OpenRuns open, DeadLetterRun run, DeadLetterFilter filter, ExportFile? file)
    {
        using var interruption = new Interruption();
        var export = new DeadLetterExport(open.Queue.Sealer, settings.Profiles);
        Func<IReadOnlyList<Queues.DeadLetter>, Task>? keep = file is null ? null : async letters =>
        {
            foreach (var letter in letters) await file.WriteAsync(export.Write(letter));
            file.FlushToDisk();
        };
        var ended = await new PurgeRunner(run, filter, open.Letters, open.Runs, keep, _ => { }, TimeProvider.System).RunAsync(interruption.Token);
        if (parsed.GetValue(Json)) Terminal.Json(RunLine.Of(ended, remains: null, TimeProvider.System.GetUtcNow()) with { Export = file?.Path }, RunJson.Default.RunLine);
        else Terminal.Line($"{ended.Id} is {Api.Answers.Names.Of(ended.State)}: {RunQuestion.Count(ended.Done)} deleted{WhereTheyAre(file)}.");
        if (ended.State == RunState.Completed) return ExitCode.Done;
        Terminal.Error($"{ended.Detail}; what is left can be deleted by running it again");
        return ExitCode.FailedInPart;
    }

    private static string WhereTheyAre(ExportFile? file) =>
        file is null ? "" : $"; they are in {file.Path}, and 'posthorn dead-letters import {file.Path}' brings them back";
}
