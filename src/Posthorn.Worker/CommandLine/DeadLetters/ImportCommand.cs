using System.CommandLine;
using System.Text.Json.Serialization;
using Posthorn.DeadLetters.Exporting;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Settings;
using Posthorn.Signing;
using Posthorn.Worker.Composition;
using Posthorn.Worker.Sending;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary><c>posthorn dead-letters import</c>: puts an export back among the dead letters; what is there already is left.</summary>
internal static class ImportCommand
{
    private const int BatchSize = 200;

    private static readonly Argument<string[]> Files = new("FILE") { Description = "Files that export or purge wrote; - is standard input", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<bool> Json = new("--json") { Description = "The counts as one JSON object" };

    public static Command Create(CommandContext context)
    {
        var import = new Command("import", "Put an export back among the dead letters; run twice, it adds nothing twice") { Files, Json };
        import.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), parsed, cancellation));
        return import;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var files = parsed.GetValue(Files) ?? [];
        foreach (var file in files.Where(file => file != EnvelopeFile.StandardInput && !File.Exists(file)))
            throw new SettingsException("FILE", $"there is no file '{file}'", "files that 'posthorn dead-letters export' wrote, or - for standard input");
        using var open = OpenQueue.Open(settings);
        using var interruption = new Interruption();
        var export = new DeadLetterExport(open.Sealer, settings.Profiles);
        var (counts, closed) = (new ImportCounts(0, 0, 0), 0);
        foreach (var batch in files.SelectMany(file => Letters(file, export)).Chunk(BatchSize))
        {
            if (interruption.Token.IsCancellationRequested) break;
            DeadLetter[] letters = [.. batch.OfType<DeadLetter>()];
            var added = letters.Length == 0 ? [] : await open.DeadLetters.ImportAsync(letters, cancellationToken);
            closed += letters.Count(letter => !CanOpen(letter, open.Sealer));
            counts = new ImportCounts(counts.Imported + added.Count(one => one), counts.Skipped + added.Count(one => !one), counts.Failed + batch.Length - letters.Length);
        }

        if (closed > 0) Terminal.Error($"{closed} of them have secrets that the key ring beside this queue cannot open: put back, they would end as SecretUnavailable");
        if (parsed.GetValue(Json)) Terminal.Json(counts, ImportJson.Default.ImportCounts);
        else Terminal.Line($"{RunQuestion.Count(counts.Imported)} imported{(counts.Skipped == 0 ? "" : $", {counts.Skipped} were there already")}{(counts.Failed == 0 ? "" : $", {counts.Failed} cannot be read")}.");
        return counts.Failed == 0 && !interruption.Token.IsCancellationRequested ? ExitCode.Done : ExitCode.FailedInPart;
    }

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Whether what is sealed of a letter can be opened here.</summary>
    private static bool CanOpen(DeadLetter letter, ISecretSealer sealer)
    {
        try
        {
            if (letter.Message.Properties.TryGetValue(EnvelopeProperties.Sealed, out var text)) sealer.Unseal(text);
            return true;
        }
        catch (SecretUnavailableException)
        {
            return false;
        }
    }

    /// <summary>The letters of a file; null for a line that cannot be read, which is told.</summary>
    private static IEnumerable<DeadLetter?> Letters(string file, DeadLetterExport export)
    {
        using var stream = file == EnvelopeFile.StandardInput ? Console.OpenStandardInput() : File.OpenRead(file);
        var lines = new LineReader(stream);
        while (lines.Next() is { } line)
        {
            if (line.Span.Trim(" \t\r"u8).IsEmpty) continue;
            yield return Read(file, lines.Number, line.Span.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line, export);
        }
    }

    private static DeadLetter? Read(string file, int number, ReadOnlyMemory<byte> line, DeadLetterExport export)
    {
        try
        {
            return export.Read(line);
        }
        catch (ExportFormatException broken)
        {
            Terminal.Error($"{file}:{number}: {broken.Message}");
            return null;
        }
    }
}

/// <summary>What became of the lines of an import.</summary>
internal sealed record ImportCounts(int Imported, int Skipped, int Failed);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ImportCounts))]
internal sealed partial class ImportJson : JsonSerializerContext;
