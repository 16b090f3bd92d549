using System.CommandLine;
using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Exporting;
using Posthorn.Worker.Composition;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary><c>posthorn dead-letters export</c>: dead letters as lines of JSON, which <c>import</c> reads back.</summary>
internal static class ExportCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "A new file, or - for standard output (the default)", DefaultValueFactory = _ => ExportFile.StandardOutput, Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line: an export always is" };

    public static Command Create(CommandContext context)
    {
        var export = new Command("export", "Write dead letters as lines of JSON, with their envelopes, reasons and attempts") { File, Json }.WithFilter();
        export.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), parsed, cancellation));
        return export;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var filter = FilterOptions.Read(parsed);
        using var open = OpenQueue.OpenExisting(settings);
        using var interruption = new Interruption();
        var (letters, export) = (open.DeadLetters, new DeadLetterExport(open.Sealer, settings.Profiles));
        var scan = new DeadLetterScan(letters, filter);
        var last = await scan.LastSequenceAsync(cancellationToken);
        using var file = ExportFile.Create("FILE", parsed.GetValue(File) ?? ExportFile.StandardOutput);
        var written = 0L;
        await foreach (var page in scan.AscendAsync(0, last, interruption.Token))
        {
            foreach (var match in page.Matches)
            {
                if (await DeadLetterFinder.ReadAsync(letters, match.Sequence, interruption.Token) is not { } letter) continue;
                await file.WriteAsync(export.Write(letter));
                written++;
            }
        }

        file.FlushToDisk();
        Terminal.Note($"{RunQuestion.Count(written)} written.");
        return ExitCode.Done;
    }
}
