using System.CommandLine;
using System.Diagnostics;
using Posthorn.Profiles;
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

    private static readonly Option<string?> Server = new("--server") { Description = "Send to this worker's API instead of the queue file", HelpName = "URL" };

    private static readonly Option<string?> Key = new("--key") { Description = "The API key (better: the environment variable POSTHORN_API_KEY)", HelpName = "KEY" };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line: each envelope's outcome, then the counts" };

    public static Command Create(CommandContext context)
    {
        var command = new Command("send", "Put envelopes on the queue; they are durable when the command is done") { Files, Server, Key, Json };
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

    private static ISendTarget Target(WorkerSettings settings, ParseResult parsed)
    {
        if (parsed.GetValue(Server) is not { } text) return new QueueTarget(OpenQueue.Open(settings));
        if (!Uri.TryCreate(text, UriKind.Absolute, out var server) || server.Scheme is not ("http" or "https") || server.UserInfo.Length > 0)
            throw new SettingsException("--server", "is not a URL without a user name", "http://HOST:PORT or https://HOST:PORT");
        var key = parsed.GetValue(Key) ?? Environment.GetEnvironmentVariable("POSTHORN_API_KEY");
        if (key is not null && !HeaderNames.IsValue(key)) throw new SettingsException("--key", "has characters that no header can carry", "the API key as it was given out");
        return new ServerTarget(server, key);
    }
}
