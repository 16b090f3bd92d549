using System.CommandLine;
using System.Runtime.CompilerServices;
using Posthorn.Settings;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.Composition;
using Posthorn.Worker.DeadLetters;
using Posthorn.Worker.Telemetry.Top;
using Spectre.Console;

namespace Posthorn.Worker.CommandLine;

/// <summary><c>posthorn top</c>: what a worker does, live, for a machine without dashboards.</summary>
internal static class TopCommand
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);

    private static readonly Option<TimeSpan> Interval = new("--interval") { Description = "Time between two looks", DefaultValueFactory = _ => TimeSpan.FromSeconds(1), HelpName = "hh:mm:ss" };

    private static readonly Option<bool> Once = new("--once") { Description = "Look once, over one interval, and end" };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a look, one a line" };

    public static Command Create(CommandContext context)
    {
        var command = new Command("top", "Watch the worker of this machine, or that of --server: rates, latency, lanes in trouble, dead letters") { ServerOptions.Server, ServerOptions.Key, Interval, Once, Json };
        command.SetAction((parsed, _) => RunAsync(context.Settings(parsed), parsed));
        return command;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed)
    {
        var interval = parsed.GetValue(Interval);
        if (interval < Shortest) throw new SettingsException("--interval", $"'{interval:c}' is not accepted", $"a duration from {Shortest:c}");
        var (server, key) = ServerOptions.Read(parsed) ?? (HealthCommand.Here(settings.Api.Url), ServerOptions.ReadKey(parsed));
        using var api = new ApiReader(server, key);
        using var interruption = new Interruption();
        var looks = LookAsync(api, interval, parsed.GetValue(Once), interruption.Token);
        try
        {
            if (!Terminal.IsInteractive || parsed.GetValue(Json) || parsed.GetValue(Once)) await WriteAsync(looks, $"{server}", parsed.GetValue(Json));
            else await AnsiConsole.Live(new Text($"{server} …")).StartAsync(live => ShowAsync(live, $"{server}", looks));
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            // That is how one stops to watch.
        }

        return ExitCode.Done;
    }

    private static async Task WriteAsync(IAsyncEnumerable<TopLine> looks, string server, bool isJson)
    {
        await foreach (var line in looks)
        {
            if (isJson) Terminal.Json(line, TopJson.Default.TopLine);
            else Terminal.Write(TopView.Of(server, line));
        }
    }

    private static async Task ShowAsync(LiveDisplayContext live, string server, IAsyncEnumerable<TopLine> looks)
    {
        await foreach (var line in looks) live.UpdateTarget(TopView.Of(server, line));
    }

    /// <summary>A look an interval, until Ctrl-C.</summary>
    private static async IAsyncEnumerable<TopLine> LookAsync(ApiReader api, TimeSpan interval, bool isOnce, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var before = await AskAsync(api, cancellationToken);
        do
        {
            await Task.Delay(interval, cancellationToken);
            var now = await AskAsync(api, cancellationToken);
            yield return TopLine.Of(before, now);
            before = now;
        }
        while (!isOnce);
    }

    private static async Task<TopSample> AskAsync(ApiReader api, CancellationToken cancellationToken)
    {
        var stats = await api.GetAsync("/api/stats", AnswerJson.Default.StatsAnswer, cancellationToken);
        var queue = await api.GetAsync("/api/queue", AnswerJson.Default.QueueAnswer, cancellationToken);
        return stats is null || queue is null ? throw new ServerRefusedException("the worker does not know /api/stats: it is an older one") : new TopSample(TimeProvider.System.GetUtcNow(), stats, queue);
    }
}
