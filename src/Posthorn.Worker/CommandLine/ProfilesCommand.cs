using System.CommandLine;
using System.Globalization;
using Posthorn.Settings;
using Posthorn.Worker.Composition;
using Spectre.Console;

namespace Posthorn.Worker.CommandLine;

/// <summary><c>posthorn profiles</c>: the wire contracts this configuration has.</summary>
internal static class ProfilesCommand
{
    private static readonly Argument<string> Name = new("PROFILE") { Description = "The profile's name" };

    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object a line" };

    public static Command Create(CommandContext context)
    {
        var list = new Command("list", "List the profiles, built-in and configured") { Json };
        list.SetAction(parsed => List(context.Settings(parsed), parsed.GetValue(Json)));
        var show = new Command("show", "Show one profile as it would be written in the configuration") { Name, Json };
        show.SetAction(parsed => Show(context.Settings(parsed), parsed.GetValue(Name) ?? "", parsed.GetValue(Json)));
        return new Command("profiles", "The wire contracts: how each family of webhooks is signed, sent and retried") { list, show };
    }

    private static int List(WorkerSettings settings, bool json)
    {
        if (json)
        {
            foreach (var profile in settings.Profiles.All) Terminal.Line(ProfileText.LineOf(profile));
            return ExitCode.Done;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("PROFILE", "BODY", "SIGNATURE", "RETRIES", "TIMEOUT", "EXPIRY");
        foreach (var profile in settings.Profiles.All)
        {
            table.AddRow(
                Terminal.Cell(profile.Name),
                Terminal.Cell(profile.Body.Wraps ? "{" + string.Join(", ", profile.Body.Keys.Select(pair => pair.Key)) + "}" : "data"),
                Terminal.Cell(profile.Signature is { } signature ? $"{signature.Header}: {signature.Value}" : "none"),
                Terminal.Cell(Delays(profile)),
                Terminal.Cell(profile.Timeout.ToString("c", CultureInfo.InvariantCulture)),
                Terminal.Cell(profile.Expiry?.ToString("c", CultureInfo.InvariantCulture) ?? "none"));
        }

        Terminal.Write(table);
        return ExitCode.Done;
    }

    private static int Show(WorkerSettings settings, string name, bool json)
    {
        if (!settings.Profiles.TryGet(name, out var profile)) throw new SettingsException("PROFILE", $"'{name}' is no profile", settings.Profiles.Names);
        Terminal.Line(json ? ProfileText.LineOf(profile) : ProfileText.SectionOf(profile));
        return ExitCode.Done;
    }

    private static string Delays(Profiles.Profile profile) =>
        profile.Retry.Delays.Count == 0 ? "none" : $"{profile.Retry.Delays.Count}: {string.Join(", ", profile.Retry.Delays.Select(Short))}";

    private static string Short(TimeSpan delay) =>
        delay.TotalHours >= 1 ? $"{delay.TotalHours:0.##}h" : delay.TotalMinutes >= 1 ? $"{delay.TotalMinutes:0.##}m" : $"{delay.TotalSeconds:0.###}s";
}
