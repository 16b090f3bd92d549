using System.Text;
using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Messages as a producer with an SDK of its own writes them, put on the queue's file past the API.</summary>
internal static class EnvelopeMessages
{
    /// <summary>An envelope as the body.</summary>
    public static QueueMessage Plain(string messageId, string body) => Plain(messageId, Encoding.UTF8.GetBytes(body));

    /// <inheritdoc cref="Plain(string, string)"/>
    public static QueueMessage Plain(string messageId, byte[] body) => new() { MessageId = messageId, Body = body };

    /// <summary>The body to POST, and the rest in properties.</summary>
    public static QueueMessage Composed(string messageId, Uri url, byte[] body, params (string Name, string Value)[] properties)
    {
        var all = new Dictionary<string, string> { ["type"] = "test.happened", ["url"] = url.OriginalString };
        foreach (var (name, value) in properties) all[name] = value;
        return new QueueMessage { MessageId = messageId, Body = body, ContentType = "application/json", Properties = all };
    }

    public static async Task PutAsync(this Harness harness, params QueueMessage[] messages)
    {
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = harness.QueueFile }, TimeProvider.System);
        (await queue.EnqueueAsync(messages, CancellationToken.None)).ShouldAllBe(outcome => outcome == EnqueueOutcome.Accepted);
    }
}
