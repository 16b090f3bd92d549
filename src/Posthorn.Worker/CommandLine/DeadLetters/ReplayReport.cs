using System.Diagnostics;
using System.Globalization;
using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Queues;
using Posthorn.Worker.DeadLetters;
using Spectre.Console;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary>What a replay tells: a bar for a person, now and then a line for a log, the outcome for both.</summary>
internal sealed class ReplayReport(bool json, ReplayOptions options, DeadLetterRun run)
{
    private static readonly TimeSpan NoteEvery = TimeSpan.FromSeconds(5);
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly long _doneBefore = run.Done;
    private long _notedAt = Stopwatch.GetTimestamp();
    private ReplayStage _stage = ReplayStage.Replaying;
    private ProgressTask? _bar;

    /// <summary>What has not left the queue, as it was seen last.</summary>
    public RunRemains Remains { get; private set; } = new(0, 0, 0);

    /// <summary>Runs the work with a progress bar, if a person watches.</summary>
    public Task<DeadLetterRun> WhileShowingProgressAsync(Func<Task<DeadLetterRun>> work)
    {
        Terminal.Note($"Run {run.Id} began. Ctrl-C stops it cleanly; 'posthorn dead-letters replay --resume {run.Id}' goes on with it.");
        if (json || !Terminal.IsInteractive) return work();
        return Terminal.Notes.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(progress =>
            {
                _bar = progress.AddTask("begins", maxValue: Math.Max(1, Math.Min(run.Matched, options.Limit ?? long.MaxValue)));
                return work();
            });
    }

    /// <summary>Takes in how far it has come.</summary>
    public void Saw(ReplayProgress progress)
    {
        Remains = progress.Remains;
        if (_bar is { } bar)
        {
            bar.Description = Markup.Escape(Line(progress));
            bar.Value = progress.Run.Done + progress.Run.Skipped + progress.Run.Failed;
        }
        else if (!json && (progress.Stage != _stage || Stopwatch.GetElapsedTime(_notedAt) > NoteEvery) && progress.Stage != ReplayStage.Ended)
        {
            Terminal.Note(Line(progress));
            _notedAt = Stopwatch.GetTimestamp();
        }

        _stage = progress.Stage;
    }

    /// <summary>Tells the outcome; the answer is the exit code.</summary>
    public int End(DeadLetterRun ended, RunRemains remains)
    {
        var progress = new ReplayProgress(ReplayStage.Ended, ended, remains, ended.Done);
        if (json) Terminal.Json(RunLine.Of(ended, remains, TimeProvider.System.GetUtcNow()), RunJson.Default.RunLine);
        else Terminal.Line($"{ended.Id} is {Api.Answers.Names.Of(ended.State)}: {Outcome(progress)}.");
        if (ended.State is RunState.Stopped or RunState.Interrupted) Terminal.Error($"{ended.Detail}; 'posthorn dead-letters replay --resume {ended.Id}' goes on with it");
        return ended is { State: RunState.Completed, Failed: 0 } && (options.Wait == TimeSpan.Zero || progress.FailedAgain == 0) ? ExitCode.Done : ExitCode.FailedInPart;
    }

    private string Line(ReplayProgress progress)
    {
        var what = progress.Stage switch
        {
            ReplayStage.Canary => "canaries: ",
            ReplayStage.Paused => "paused, as too many fail again: ",
            ReplayStage.Watching => "all are put back: ",
            _ => "",
        };
        var perSecond = (progress.Run.Done - _doneBefore) / Math.Max(0.001, Stopwatch.GetElapsedTime(_started).TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"{what}{progress.Run.Done:N0} of {progress.Run.Matched:N0} sent ({perSecond:N0}/s), {progress.Delivered:N0} delivered, {progress.FailedAgain:N0} failed again");
    }

    private static string Outcome(ReplayProgress progress)
    {
        var (ended, remains) = (progress.Run, progress.Remains);
        var done = string.Create(CultureInfo.InvariantCulture, $"{ended.Done:N0} of {ended.Matched:N0} put back{Part(ended.Skipped, "skipped")}{Part(ended.Failed, "could not be put back")}");
        return string.Create(CultureInfo.InvariantCulture, $"{done}; so far {progress.Delivered:N0} delivered, {progress.FailedAgain:N0} failed again, {remains.Waiting:N0} wait for their turn");
    }

    private static string Part(long count, string what) => count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {count:N0} {what}");
}
