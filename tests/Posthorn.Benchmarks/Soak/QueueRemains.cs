using System.Text.Json;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;
using Posthorn.Sqlite;

namespace Posthorn.Benchmarks.Soak;

/// <summary>What is on the queue after the last worker has ended.</summary>
internal static class QueueRemains
{
    private const int Most = 1_000_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The ids of the dead letters, as <c>posthorn dead-letters list</c> prints them.</summary>
    public static async Task<HashSet<string>> DeadAsync(Workbench bench, CancellationToken cancellation)
    {
        await using var list = await bench.StartCommandAsync("dead-letters", "list", "--limit", $"{Most}", "--json");
        if (!await list.EndsWithinAsync(Patience, cancellation) || list.ExitCode != 0) throw new BenchmarkException("The dead letters could not be listed.");
        return [.. list.Output.Select(IdOf)];
    }

    /// <summary>The ids of all that waits, taken off the queue as a worker would, on a day on which all of it is due and no lock is left.</summary>
    public static async Task<HashSet<string>> PendingAsync(Workbench bench, CancellationToken cancellation)
    {
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = bench.QueueFile, LockDuration = TimeSpan.FromHours(1), MaxDeliveryCount = 1000 }, new ShiftedClock(TimeSpan.FromDays(1)));
        var ids = new HashSet<string>();
        while (await queue.ReceiveAsync(2000, 2000, TimeSpan.Zero, cancellation) is { Count: > 0 } leases) ids.UnionWith(leases.Select(lease => lease.Message.MessageId));
        return ids;
    }

    private static string IdOf(string line)
    {
        using var letter = JsonDocument.Parse(line);
        return letter.RootElement.GetProperty("id").GetString() ?? "";
    }
}
