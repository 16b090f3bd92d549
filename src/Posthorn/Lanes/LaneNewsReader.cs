using Posthorn.Sending;

namespace Posthorn.Lanes;

/// <summary>Reads results as news of the lane.</summary>
internal static class LaneNewsReader
{
    /// <summary>
    /// The news in a result; null is a send that was broken off. An answer of 500 is the receiver's own word on one message, not a
    /// sign that it is down.
    /// </summary>
    public static LaneNews Of(SendResult? result) => result switch
    {
        SendResult.Answered { Status: 429 or 502 or 503 or 504 } => LaneNews.Overloaded,
        SendResult.Answered => LaneNews.Answered,
        SendResult.Failed { Error: not (SendError.SecretUnavailable or SendError.LocalLimit) } => LaneNews.Silent,
        _ => LaneNews.None,
    };
}
