using System.CommandLine;
using System.Globalization;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Settings;
using Posthorn.Worker.Composition;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary>How a replay goes about it, as options.</summary>
internal static class ReplaySettings
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private static readonly double SlowestRate = 1 / TimeSpan.FromDays(1).TotalSeconds;
    private static readonly TimeSpan WatchedWait = TimeSpan.FromSeconds(10);

    private static readonly Option<string?> Rate = new("--rate") { Description = "The most put back, such as 100/s, 6000/m or 1000/h (default: as many as can be)", HelpName = "N/s" };

    private static readonly Option<long?> Limit = new("--limit") { Description = "The most put back in all, the oldest first", HelpName = "N" };

    private static readonly Option<string?> To = new("--to") { Description = "Send them to this URL instead of where they belong, such as a staging receiver", HelpName = "URL" };

    private static readonly Option<bool> ResetExpiry = new("--reset-expiry") { Description = "Give each a fresh deadline, as its profile gives to what is accepted now" };

    private static readonly Option<int?> Canary = new("--canary") { Description = "Put so many back first, over the destinations, and go on only if none of them fails again", HelpName = "N" };

    private static readonly Option<TimeSpan?> CanaryWait = new("--canary-wait") { Description = "How long their verdicts are waited for (default: 00:01:00)", HelpName = "HH:MM:SS" };

    private static readonly Option<string?> StopAt = new("--stop-at") { Description = "Stop when more than this share of what was put back failed again; off never stops (default: 20%)", HelpName = "N%" };

    private static readonly Option<TimeSpan?> Wait = new("--wait") { Description = "How long to wait for the verdicts when all are put back (default: on a terminal 00:00:10, else not at all)", HelpName = "HH:MM:SS" };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All { get; } = [Rate, Limit, To, ResetExpiry, Canary, CanaryWait, StopAt, Wait];

    /// <summary>Whether canaries were asked for in so many words.</summary>
    public static bool IsCanaryGiven(ParseResult parsed) => parsed.GetValue(Canary) is not null;

    /// <summary>What was asked for.</summary>
    /// <exception cref="SettingsException">A value is not accepted.</exception>
    public static ReplayOptions Read(WorkerSettings settings, OpenQueue queue, ParseResult parsed) =>
        Over(new ReplayOptions(), parsed) with { To = parsed.GetValue(To) is { } url ? Elsewhere(url, settings, queue) : null };

    /// <summary>A run's own options with what was given now in place of some; where they go is not among it.</summary>
    public static ReplayOptions Over(ReplayOptions own, ParseResult parsed)
    {
        if (parsed.GetValue(Limit) is < 1) throw new SettingsException("--limit", $"'{parsed.GetValue(Limit)}' is not accepted", "a whole number from 1");
        if (parsed.GetValue(Canary) is < 0 or > 1000) throw new SettingsException("--canary", $"'{parsed.GetValue(Canary)}' is not accepted", "0 to 1000, such as --canary 5");
        return own with
        {
            Rate = parsed.GetValue(Rate) is { } rate ? ReadRate(rate) : own.Rate,
            Limit = parsed.GetValue(Limit) ?? own.Limit,
            ResetExpiry = parsed.GetValue(ResetExpiry) || own.ResetExpiry,
            Canary = parsed.GetValue(Canary) ?? own.Canary,
            CanaryWait = Duration("--canary-wait", parsed.GetValue(CanaryWait)) ?? own.CanaryWait,
            StopAt = parsed.GetValue(StopAt) is { } share ? ReadShare(share) : own.StopAt,
            Wait = Duration("--wait", parsed.GetValue(Wait)) ?? (Terminal.IsInteractive ? WatchedWait : TimeSpan.Zero),
        };
    }

    private static double ReadRate(string text)
    {
        var (number, unit) = text.Split('/', 2) is [var left, var right] ? (left, right) : (text, "s");
        double? seconds = unit switch { "s" => 1, "m" or "min" => 60, "h" => 3600, _ => null };
        if (seconds is { } each && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var many) && many / each >= SlowestRate && double.IsFinite(many)) return many / each;
        throw new SettingsException("--rate", $"'{text}' is not a rate", "a number a second, minute or hour, at least one a day, such as --rate 100/s");
    }

    private static double? ReadShare(string text)
    {
        if (text == "off") return null;
        if (text.EndsWith('%') && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent is >= 0 and <= 100) return percent / 100;
        throw new SettingsException("--stop-at", $"'{text}' is not a share", "0% to 100%, such as --stop-at 20%, or off");
    }

    private static TimeSpan? Duration(string name, TimeSpan? given) => given is null || (given >= TimeSpan.Zero && given <= LongestWait)
        ? given
        : throw new SettingsException(name, $"'{given:c}' is not accepted", "00:00:00 to 1.00:00:00, such as 00:00:30");

    /// <summary>A URL is judged as any destination is, here and again at the connect; its query may hold a secret, so it is sealed.</summary>
    private static Elsewhere Elsewhere(string text, WorkerSettings settings, OpenQueue queue)
    {
        var refused = settings.Network.Judge(text, out var url);
        if (refused is not null || url is null) throw new SettingsException("--to", $"is no URL that may be sent to: {refused?.Detail}", "such as https://staging.example.com/hook");
        var shown = Destination.DisplayOf(url);
        return new Elsewhere(shown, url.Query.Length == 0 ? null : queue.Sealer.Seal(url.OriginalString));
    }
}
