using System.CommandLine;
using System.Net.Sockets;
using Posthorn.Profiles;
using Posthorn.Settings;
using Posthorn.Signing;
using Posthorn.Worker.Composition;
using Posthorn.Worker.Listening;

namespace Posthorn.Worker.CommandLine;

/// <summary><c>posthorn listen</c>: a receiver that shows deliveries arrive, and says of each whether its signature holds.</summary>
internal static class ListenCommand
{
    private static readonly Option<int> Port = new("--port") { Description = "The port on 127.0.0.1", DefaultValueFactory = _ => 8001, HelpName = "PORT" };

    private static readonly Option<string?> ProfileName = new("--profile") { Description = "The profile the webhooks follow (default: any whose signature header they carry)", HelpName = "P" };

    private static readonly Option<string?> Secret = new("--secret") { Description = "The signing secret; without it signatures are not checked (or the environment variable POSTHORN_SECRET)", HelpName = "S" };

    private static readonly Option<string> Respond = new("--respond") { Description = "The status to answer with, or several in turn, such as 500,500,200: the last one stays", DefaultValueFactory = _ => "200", HelpName = "STATUS" };

    private static readonly Option<TimeSpan> Delay = new("--delay") { Description = "How long to wait before answering, such as 00:00:02", HelpName = "HH:MM:SS" };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line for each webhook" };

    public static Command Create(CommandContext context)
    {
        var command = new Command("listen", "Receive webhooks on this machine: POST /webhook; GET /webhooks lists them; POST /webhooks/clear forgets them")
        {
            Port, ProfileName, Secret, Respond, Delay, Json,
        };
        command.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(WorkerSettings settings, ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = Options(settings, parsed);
        await using var app = Listener.Create(options);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            throw new SettingsException("--port", $"{options.Port} cannot be listened on: {(refused.InnerException ?? refused).Message}", "a free port");
        }

        var checking = options.Secret is null ? "signatures are not checked, as there is no --secret" : "signatures are checked";
        if (!options.Json) Terminal.Line($"Listening on http://localhost:{options.Port}/webhook; {checking}");
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Done;
    }

    private static ListenOptions Options(WorkerSettings settings, ParseResult parsed)
    {
        var port = parsed.GetValue(Port);
        if (port is < 1 or > 65535) throw new SettingsException("--port", $"'{port}' is not a port", "1 to 65535");
        var text = parsed.GetValue(Secret) ?? Environment.GetEnvironmentVariable("POSTHORN_SECRET");
        var secret = string.IsNullOrEmpty(text) ? null : new SigningSecret(text);
        var profiles = ProfilesOf(settings.Profiles, parsed.GetValue(ProfileName));
        if (secret is not null && profiles is [var only] && SecretForms.ProblemOf(secret, only) is { } problem)
            throw new SettingsException("--secret", problem, $"a secret of the form the profile '{only.Name}' signs with");
        return new ListenOptions
        {
            Port = port,
            Profiles = profiles,
            Secret = secret,
            Statuses = StatusesOf(parsed.GetValue(Respond) ?? ""),
            Delay = parsed.GetValue(Delay) is var delay && delay >= TimeSpan.Zero && delay <= TimeSpan.FromHours(1)
                ? delay
                : throw new SettingsException("--delay", $"'{delay:c}' is not accepted", "00:00:00 to 01:00:00"),
            Json = parsed.GetValue(Json),
        };
    }

    private static IReadOnlyList<Profile> ProfilesOf(ProfileCatalog catalog, string? name)
    {
        if (name is null) return [.. catalog.All];
        return catalog.TryGet(name, out var profile) ? [profile] : throw new SettingsException("--profile", $"'{name}' is no profile", catalog.Names);
    }

    private static List<int> StatusesOf(string text)
    {
        var statuses = text.Split(',', StringSplitOptions.TrimEntries).Select(each => int.TryParse(each, out var status) ? status : 0).ToList();
        return statuses.TrueForAll(status => status is >= 200 and <= 999) ? statuses : throw new SettingsException("--respond", $"'{text}' is not accepted", "a status from 200 to 999, or several with commas between");
    }
}
