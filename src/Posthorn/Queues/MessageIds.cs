namespace Posthorn.Queues;

/// <summary>
/// Message ids that duplicate detection tells apart: a copy that must get through never repeats one, and what a crash leaves
/// behind always does, so the broker drops it.
/// </summary>
public static class MessageIds
{
    /// <summary>The id of a copy that goes back to the queue: <c>{id}:{attempt}:{postponements}</c>.</summary>
    public static string Copy(string envelopeId, int attempt, int postponements) => $"{envelopeId}:{attempt}:{postponements}";

    /// <summary>The id of the n-th replay: <c>{id}:r{n}</c>.</summary>
    public static string Replay(string envelopeId, int replays) => $"{envelopeId}:r{replays}";
}
