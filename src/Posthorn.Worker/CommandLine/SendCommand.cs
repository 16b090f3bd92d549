using System.CommandLine;
using System.Diagnostics;
using Posthorn.Settings;
using Posthorn.Worker.Composition;
using Posthorn.Worker.Sending;

namespace Posthorn.Worker.CommandLine;

/// <summary><c>posthorn send</c>: envelopes onto the queue, or to a worker's API.</summary>
internal static class SendCommand
{
    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "Files of envelopes: a JSON object, an array, or one a line; - is standard input",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line: each envelope's outcome, then the counts" };

    public static Command Create(CommandContext context)
    {
        var command = new Command("send", "Put envelopes on the queue; they are durable when the command is done") { Files, ServerOptions.Server, ServerOptions.Key, Json };
        command.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var files = parsed.GetValue(Files) ?? [];
        foreach (var file in files.Where(file => file != EnvelopeFile.StandardInput && !File.Exists(file)))
            throw new SettingsException("FILE", Directory.Exists(file) ? $"'{file}' is a folder" : $"there is no file '{file}'{(file.StartsWith('-') ? ", and no such option" : "")}", "files of envelopes, or - for standard input");

        var started = Stopwatch.GetTimestamp();
        using var target = Target(settings, parsed);
        var report = new SendReport(parsed.GetValue(Json));
        var run = new SendRun(target, report);
        try
        {
            await report.WhileShowingProgressAsync(EnvelopeFile.TotalBytes(files), () => run.SendAsync(files, cancellationToken));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            Terminal.Error($"FILE: {unreadable.Message}");
            return ExitCode.WrongUse;
        }

        report.End(target.Name, Stopwatch.GetElapsedTime(started));
        return report.Refused == 0 ? ExitCode.Done : ExitCode.FailedInPart;
    }

    private static ISendTarget Target(WorkerSettings settings, ParseResult parsed) =>
        ServerOptions.Read(parsed) is var (server, key) ? new ServerTarget(server, key) : new QueueTarget(OpenQueue.Open(settings));
}
