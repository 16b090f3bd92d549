using System.Globalization;
using Posthorn.Settings;

namespace Posthorn.Profiles;

/// <summary>Reads what a profile says of events and endpoints: its types, what they are about, and which of them are sent.</summary>
internal static class SubscriptionReader
{
    private const int MaxMilestones = 100;

    public static IReadOnlyList<string> ReadEvents(SettingsSection section, IReadOnlyList<string> parent)
    {
        if (section.Texts("events") is not { } types) return parent;
        foreach (var type in types.Where(type => type.Length is 0 or > 128 || type.AsSpan().ContainsAnyExceptInRange('!', '~')))
            section.Wrong("events", type, "event types of visible ASCII characters", type);
        return types;
    }

    public static IReadOnlyList<string> ReadEntity(SettingsSection section, IReadOnlyList<string> parent)
    {
        if (section.Texts("entity") is not { } paths) return parent;
        foreach (var path in paths.Where(path => path.Split('.').Contains(""))) section.Wrong("entity", path, "fields of the data, such as job_id or context.path", path);
        return paths;
    }

    public static IReadOnlyDictionary<string, ThrottleRule> ReadThrottle(SettingsSection section, IReadOnlyDictionary<string, ThrottleRule> parent)
    {
        if (!section.Has("throttle")) return parent;
        var rules = new Dictionary<string, ThrottleRule>(parent, StringComparer.Ordinal);
        var throttle = section.Child("throttle");
        foreach (var type in throttle.Names)
            if (ReadRule(throttle.Child(type), type) is { } rule) rules[type] = rule;
        return rules;
    }

    private static ThrottleRule? ReadRule(SettingsSection rule, string type)
    {
        rule.AcceptOnly("window", "milestones", "progress");
        if (rule.Has("window") == rule.Has("milestones")) return rule.Wrong<ThrottleRule?>("window", type, "either window, or milestones with progress", otherwise: null);
        return rule.Has("window")
            ? new ThrottleRule.Window(rule.Duration("window", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)))
            : new ThrottleRule.Milestones(rule.Text("progress") ?? "progress", ReadMilestones(rule));
    }

    private static List<double> ReadMilestones(SettingsSection rule)
    {
        var milestones = new List<double>();
        foreach (var text in rule.Texts("milestones") ?? [])
        {
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var at) && double.IsFinite(at) && milestones.Count < MaxMilestones) milestones.Add(at);
            else rule.Wrong("milestones", text, $"up to {MaxMilestones} numbers", at);
        }

        if (rule.Texts("milestones") is not { Count: > 0 }) rule.Wrong("milestones", "", $"1 to {MaxMilestones} numbers; without any, no event would be sent", milestones);

        return [.. milestones.Order()];
    }
}
