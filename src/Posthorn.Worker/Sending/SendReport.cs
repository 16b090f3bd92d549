using System.Text.Json.Serialization;
using Posthorn.Worker.CommandLine;
using Spectre.Console;

namespace Posthorn.Worker.Sending;

/// <summary>What <c>posthorn send</c> tells: a bar for a person, a line an envelope for a script, every refusal for both.</summary>
internal sealed class SendReport(bool json)
{
    private ProgressTask? _bar;

    public int Accepted { get; private set; }

    public int Duplicates { get; private set; }

    public int Refused { get; private set; }

    /// <summary>Runs the work with a progress bar, if a person watches and the size is known.</summary>
    public Task WhileShowingProgressAsync(long? totalBytes, Func<Task> work)
    {
        if (json || totalBytes is not { } total || !Terminal.IsInteractive) return work();
        return Terminal.Notes.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(progress =>
            {
                _bar = progress.AddTask("Sending", maxValue: Math.Max(total, 1));
                return work();
            });
    }

    /// <summary>A batch has its outcomes.</summary>
    public void Add(IReadOnlyList<FiledEnvelope> batch, IReadOnlyList<SendOutcome> outcomes)
    {
        for (var i = 0; i < batch.Count; i++) Add(batch[i], outcomes[i]);
        _bar?.Increment(batch.Sum(envelope => envelope.Json.Length + 1));
    }

    /// <summary>A batch could not be sent.</summary>
    public void Fail(IReadOnlyList<FiledEnvelope> batch, string why)
    {
        Refused += batch.Count;
        var more = batch.Count > 1 ? $" and the {batch.Count - 1} after it" : "";
        Terminal.Error($"{Place(batch[0])}{more}: not sent: {why}");
    }

    /// <summary>The counts.</summary>
    public void End(string target, TimeSpan took)
    {
        if (json) Terminal.Json(new SendCounts(Accepted, Duplicates, Refused), SendJson.Default.SendCounts);
        else if (Accepted + Duplicates > 0)
            Terminal.Line($"{Accepted} {(Accepted == 1 ? "envelope is" : "envelopes are")} on the queue{Note(Duplicates, "were there before")}{Note(Refused, "were refused")}: {target} ({took.TotalSeconds:0.00} s)");
        else if (Refused == 0) Terminal.Line("There was nothing to send.");
    }

    private static string Note(int count, string what) => count == 0 ? "" : $", {count} {what}";

    private static string Place(FiledEnvelope envelope) => $"{envelope.File}:{envelope.Number}";

    private void Add(FiledEnvelope envelope, SendOutcome outcome)
    {
        if (outcome.Kind == SendOutcomeKind.Accepted) Accepted++;
        else if (outcome.Kind == SendOutcomeKind.Duplicate) Duplicates++;
        else Refused++;

        if (json) Terminal.Json(SendLine.Of(envelope, outcome), SendJson.Default.SendLine);
        else if (outcome.Kind == SendOutcomeKind.Refused) Terminal.Error($"{Place(envelope)}: refused: {string.Join("; ", outcome.Errors)}");
    }
}

/// <summary>One envelope's outcome as JSON: <c>accepted</c>, <c>duplicate</c> or <c>refused</c>.</summary>
internal sealed record SendLine(string Outcome, string? Id, string File, int Line, IReadOnlyList<SendFault>? Errors)
{
    public static SendLine Of(FiledEnvelope envelope, SendOutcome outcome) => new(
        outcome.Kind switch
        {
            SendOutcomeKind.Accepted => "accepted",
            SendOutcomeKind.Duplicate => "duplicate",
            _ => "refused",
        },
        outcome.Id,
        envelope.File,
        envelope.Number,
        outcome.Errors.Count == 0 ? null : [.. outcome.Errors.Select(error => new SendFault(error.Path, error.Detail))]);
}

/// <summary>One fault of a refused envelope.</summary>
internal sealed record SendFault(string Path, string Detail);

/// <summary>The last line of <c>send --json</c>.</summary>
internal sealed record SendCounts(int Accepted, int Duplicates, int Refused);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SendLine))]
[JsonSerializable(typeof(SendCounts))]
internal sealed partial class SendJson : JsonSerializerContext;
