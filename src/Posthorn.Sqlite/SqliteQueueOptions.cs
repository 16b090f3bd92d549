using Posthorn.Queues;
using Posthorn.Settings;

namespace Posthorn.Sqlite;

/// <summary>The embedded queue. Section <c>queue</c>; the names and defaults are those of Azure Service Bus.</summary>
public sealed record SqliteQueueOptions
{
    /// <summary>The file. Default: <c>data/posthorn.db</c> below the working directory.</summary>
    public string Path { get; init; } = "data/posthorn.db";

    /// <summary>How long a lease locks a message, unless renewed. Default: 1 min; at most 5 min.</summary>
    public TimeSpan LockDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a message id is remembered. Default: 10 min.</summary>
    public TimeSpan DuplicateWindow { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Leases of one copy before it is dead-lettered. Default: 10.</summary>
    public int MaxDeliveryCount { get; init; } = 10;

    /// <summary>Whether an ordering key stays held when its head is dead-lettered. Default: skip.</summary>
    public OnExhausted OnExhausted { get; init; } = OnExhausted.Skip;

    /// <summary>Reads the section <c>queue</c>.</summary>
    public static SqliteQueueOptions From(SettingsSection queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        var sqlite = queue.Child("sqlite");
        sqlite.AcceptOnly("path");
        var defaults = new SqliteQueueOptions();
        var path = sqlite.Text("path") ?? defaults.Path;
        if (string.IsNullOrWhiteSpace(path)) sqlite.Wrong("path", path, "the path of a file", path);
        return new SqliteQueueOptions
        {
            Path = path,
            LockDuration = queue.Duration("lockDuration", defaults.LockDuration, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            DuplicateWindow = queue.Duration("duplicateWindow", defaults.DuplicateWindow, TimeSpan.FromSeconds(20), TimeSpan.FromDays(7)),
            MaxDeliveryCount = queue.Integer("maxDeliveryCount", defaults.MaxDeliveryCount, 1, 2000),
        };
    }
}
