namespace Posthorn.Queues;

/// <summary>Message ids that duplicate detection tells apart. A producer's first is the envelope's own id.</summary>
public static class MessageIds
{
    /// <summary>The id of the n-th replay: <c>{id}:r{n}</c>.</summary>
    public static string Replay(string envelopeId, int replays) => $"{envelopeId}:r{replays}";
}
