using System.Text;
using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.DeadLetters;

/// <summary>Dead letters put into the queue's file without a worker, as an export would be imported.</summary>
internal static class Burial
{
    /// <summary>Buries envelopes, the first one first.</summary>
    public static async Task BuryAsync(this Harness harness, IEnumerable<DeadLetter> letters)
    {
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = harness.QueueFile }, TimeProvider.System);
        foreach (var batch in letters.Chunk(500)) (await queue.DeadLetters.ImportAsync(batch, CancellationToken.None)).ShouldAllBe(added => added);
    }

    /// <summary>One that died of an answer of 503, an hour ago.</summary>
    public static DeadLetter Letter(string id, Uri url, string type = "test.happened", string profile = "standard", string? tenant = null, string? data = null, TimeSpan? expiresIn = null)
    {
        var died = DateTimeOffset.UtcNow.AddHours(-1);
        var properties = new Dictionary<string, string>
        {
            ["id"] = id,
            ["type"] = type,
            ["profile"] = profile,
            ["url"] = url.OriginalString,
            ["time"] = $"{died:yyyy-MM-dd'T'HH:mm:ss'Z'}",
            ["expires_at"] = $"{DateTimeOffset.UtcNow + (expiresIn ?? TimeSpan.FromDays(3)):yyyy-MM-dd'T'HH:mm:ss'Z'}",
        };
        if (tenant is not null) properties["tenant"] = tenant;
        return new DeadLetter
        {
            Sequence = 0,
            Message = new QueueMessage { MessageId = id, Body = Encoding.UTF8.GetBytes(data ?? $$"""{"n":"{{id}}"}"""), ContentType = "application/json", Properties = properties },
            Reason = DeadLetterReason.RetriesExhausted,
            Description = "attempt 1 of 1 failed: HTTP 503",
            EnqueuedAt = died.AddMinutes(-1),
            DeadLetteredAt = died,
            DeliveryCount = 1,
            Progress = new DeliveryProgress { AttemptsMade = 1, Attempts = [new AttemptRecord { Number = 1, At = died, DurationMs = 12, Status = 503 }] },
        };
    }

    /// <summary>How many messages are on the queue, and how many are dead.</summary>
    public static async Task<(long? OnQueue, long? Dead)> CountsAsync(this Harness harness)
    {
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = harness.QueueFile }, TimeProvider.System);
        var counts = await queue.CountAsync(CancellationToken.None);
        return (counts.Active + counts.Scheduled + counts.Locked, counts.Dead);
    }

    /// <summary>Many of them.</summary>
    public static IEnumerable<DeadLetter> Letters(string prefix, int count, Uri url) => Envelopes.Ids(prefix, count).Select(id => Letter(id, url));
}
