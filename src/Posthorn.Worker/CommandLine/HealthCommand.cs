using System.CommandLine;
using System.Net;
using System.Text.Json;
using Posthorn.Worker.Api;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.Composition;

namespace Posthorn.Worker.CommandLine;

/// <summary><c>posthorn health</c>: asks a worker's health probe, for a container image without a shell.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly Option<bool> Ready = new("--ready") { Description = "Ask whether the queue can be reached, too (/readyz)" };

    private static readonly Option<bool> Json = new("--json") { Description = "The answer as one JSON object" };

    public static Command Create(CommandContext context)
    {
        var command = new Command("health", "Ask the worker of this machine, or that of --server, for its health; exit code 1 when it is not well") { ServerOptions.Server, Ready, Json };
        command.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var server = ServerOptions.Read(parsed)?.Server ?? Here(settings.Api.Url);
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = Patience };
        var answer = await AskAsync(http, new Uri(server, parsed.GetValue(Ready) ? "/readyz" : "/healthz"), cancellationToken);
        Terminal.Line(parsed.GetValue(Json) ? JsonSerializer.Serialize(answer, AnswerJson.Default.HealthAnswer) : answer.Detail is null ? answer.Status : $"{answer.Status}: {answer.Detail}");
        return answer.Detail is null ? ExitCode.Done : ExitCode.FailedInPart;
    }

    private static async Task<HealthAnswer> AskAsync(HttpClient http, Uri probe, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await http.GetAsync(probe, cancellationToken);
            var answer = JsonSerializer.Deserialize(await response.Content.ReadAsByteArrayAsync(cancellationToken), AnswerJson.Default.HealthAnswer);
            return answer is { Status: not null } && response.IsSuccessStatusCode == answer.Detail is null ? answer : new HealthAnswer("unhealthy", $"{probe} answered {(int)response.StatusCode}, which is no worker's answer");
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or TaskCanceledException { InnerException: TimeoutException })
        {
            return new HealthAnswer("unhealthy", $"{probe} cannot be asked: {failure.Message}");
        }
    }

    /// <summary>The address to call what listens on every address of this machine by.</summary>
    internal static Uri Here(Uri listening)
    {
        if (!IPAddress.TryParse(listening.Host.Trim('[', ']'), out var address)) return listening;
        var host = address.Equals(IPAddress.Any) ? "127.0.0.1" : address.Equals(IPAddress.IPv6Any) ? "[::1]" : listening.Host;
        return new UriBuilder(listening) { Host = host }.Uri;
    }
}
