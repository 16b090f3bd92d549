namespace Posthorn.Worker.Api;

/// <summary>What this process has recorded is to be seen in its answers; while the store is slow, what is there has to do.</summary>
internal static class Freshness
{
    /// <summary>How long an answer waits for that.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
}
