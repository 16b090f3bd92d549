using System.CommandLine;
using System.Text.Json.Nodes;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Sending;
using Posthorn.Settings;
using Posthorn.Signing;
using Posthorn.Worker.Composition;

namespace Posthorn.Worker.CommandLine;

/// <summary><c>posthorn sign</c>: the headers a body would be sent with, for a receiver's developer to compare with.</summary>
internal static class SignCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "The exact body, byte for byte; - is standard input" };

    private static readonly Option<string> ProfileName = new("--profile") { Description = "The profile", DefaultValueFactory = _ => BuiltInProfiles.DefaultName, HelpName = "P" };

    private static readonly Option<string?> Secret = new("--secret") { Description = "The signing secret (or the environment variable POSTHORN_SECRET)", HelpName = "S" };

    private static readonly Option<string> Id = new("--id") { Description = "The envelope's id", DefaultValueFactory = _ => "evt_1", HelpName = "ID" };

    private static readonly Option<string> Type = new("--type") { Description = "The event type", DefaultValueFactory = _ => "test", HelpName = "TYPE" };

    private static readonly Option<long?> Time = new("--time") { Description = "The attempt's time in Unix seconds (default: now)", HelpName = "UNIX" };

    private static readonly Option<string> Url = new("--url") { Description = "The destination", DefaultValueFactory = _ => "https://example.com/webhook", HelpName = "URL" };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create(CommandContext context)
    {
        var command = new Command("sign", "Show the headers that a body would be sent with") { File, ProfileName, Secret, Id, Type, Time, Url, Json };
        command.SetAction(parsed => Run(context.Settings(parsed), parsed));
        return command;
    }

    private static int Run(WorkerSettings settings, ParseResult parsed)
    {
        var name = parsed.GetValue(ProfileName) ?? BuiltInProfiles.DefaultName;
        if (!settings.Profiles.TryGet(name, out var profile)) throw new SettingsException("--profile", $"'{name}' is no profile", settings.Profiles.Names);
        var id = parsed.GetValue(Id) ?? "";
        if (!Envelope.IsId(id)) throw new SettingsException("--id", $"'{id}' is not accepted", "1 to 100 characters of A-Z a-z 0-9 _ - :");
        var now = parsed.GetValue(Time) is { } unix ? TimeOf(unix) : DateTimeOffset.UtcNow;
        var envelope = new Envelope
        {
            Id = id,
            Type = parsed.GetValue(Type) ?? "",
            Profile = profile,
            Time = Rfc3339.Format(now),
            Destination = new Destination { Url = UrlOf(parsed) },
            ContentType = "application/json",
            Body = ReadBody(parsed.GetValue(File) ?? ""),
        };
        Show(WebhookRequest.Headers(envelope, attempt: 1, Proof(parsed, profile), now), parsed.GetValue(Json));
        return ExitCode.Done;
    }

    private static void Show(IEnumerable<KeyValuePair<string, string>> headers, bool json)
    {
        if (json) Terminal.Line(new JsonObject(headers.Select(header => KeyValuePair.Create(header.Key, (JsonNode?)JsonValue.Create(header.Value)))).ToJsonString(ProfileText.Relaxed));
        else
            foreach (var (name, value) in headers) Terminal.Line($"{name}: {value}");
    }

    private static Credentials Proof(ParseResult parsed, Profile profile)
    {
        var text = parsed.GetValue(Secret) ?? Environment.GetEnvironmentVariable("POSTHORN_SECRET");
        if (string.IsNullOrEmpty(text)) return new Credentials([], BearerToken: null, Destination.NoHeaders);
        var secret = new SigningSecret(text);
        return SecretForms.ProblemOf(secret, profile) is { } problem
            ? throw new SettingsException("--secret", problem, $"a secret of the form the profile '{profile.Name}' signs with")
            : new Credentials([secret], BearerToken: null, Destination.NoHeaders);
    }

    private static DateTimeOffset TimeOf(long unix) => Math.Abs(unix) < 1L << 36
        ? DateTimeOffset.FromUnixTimeSeconds(unix)
        : throw new SettingsException("--time", $"'{unix}' is not a time in Unix seconds", "such as 1711035045");

    private static Uri UrlOf(ParseResult parsed) => Uri.TryCreate(parsed.GetValue(Url), UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
        ? url
        : throw new SettingsException("--url", "is not an absolute URL", "such as https://example.com/webhook");

    private static byte[] ReadBody(string file)
    {
        try
        {
            if (file != Worker.Sending.EnvelopeFile.StandardInput) return System.IO.File.ReadAllBytes(file);
            using var buffer = new MemoryStream();
            using var input = Console.OpenStandardInput();
            input.CopyTo(buffer);
            return buffer.ToArray();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException("FILE", refused.Message, "a file, or - for standard input");
        }
    }
}
