using System.Collections.Concurrent;
using System.Text.Json;

namespace Posthorn.EndToEndTests.Endpoints;

/// <summary>The consumer that seeds/004 prints, its snippets put together: signature, challenge, idempotency by <c>id</c>.</summary>
public sealed class ProposalConsumer(string secret)
{
    private readonly ConcurrentDictionary<string, bool> _processedEvents = new();
    private readonly ConcurrentQueue<JsonElement> _processed = new();

    /// <summary>The events it has processed, each once.</summary>
    public IReadOnlyList<JsonElement> Processed => [.. _processed];

    /// <summary>How often it was sent what it had processed.</summary>
    public int AlreadyProcessed { get; private set; }

    /// <summary>The next events after which it falls over: they are processed, and answered with 500.</summary>
    public int Crashes { get; set; }

    /// <summary>What it answers.</summary>
    public Reply Answer(Received request)
    {
        if (!Consumer.IsSigned(request, secret)) return new Reply(401, """{"error":"Invalid signature"}""");
        var json = Consumer.Json(request);
        if (json.Text("type") == "webhook.verify") return new Reply(200, $$"""{"challenge":"{{json.Text("challenge")}}"}""");
        if (!_processedEvents.TryAdd(json.Text("id"), true))
        {
            AlreadyProcessed++;
            return new Reply(200, """{"status":"already_processed"}""");
        }

        _processed.Enqueue(json);
        return Crashes-- > 0 ? new Reply(500, "{}") : new Reply(200);
    }
}
