using Posthorn.Settings;

namespace Posthorn.History;

/// <summary>What is remembered of the past, and for how long. Section <c>history</c>.</summary>
public sealed record HistoryOptions
{
    /// <summary>Whether deliveries, events and status are recorded. Default: true.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Whether the data of events is kept, without which nothing can be sent again. Default: true.</summary>
    public bool KeepsPayloads { get; init; } = true;

    /// <summary>How long deliveries and events are kept. Default: 30 days.</summary>
    public TimeSpan Retention { get; init; } = TimeSpan.FromDays(30);

    /// <summary>How long the status of tasks is kept. Default: 7 days.</summary>
    public TimeSpan StatusRetention { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Reads the section <c>history</c>.</summary>
    public static HistoryOptions From(SettingsSection history)
    {
        ArgumentNullException.ThrowIfNull(history);
        history.AcceptOnly("enabled", "payloads", "retention", "statusRetention");
        var defaults = new HistoryOptions();
        return new HistoryOptions
        {
            IsEnabled = history.Flag("enabled", defaults.IsEnabled),
            KeepsPayloads = history.Flag("payloads", defaults.KeepsPayloads),
            Retention = history.Duration("retention", defaults.Retention, TimeSpan.FromMinutes(1), TimeSpan.FromDays(3650)),
            StatusRetention = history.Duration("statusRetention", defaults.StatusRetention, TimeSpan.FromMinutes(1), TimeSpan.FromDays(3650)),
        };
    }
}
