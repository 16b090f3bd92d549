using Posthorn.Envelopes;
using Posthorn.Retrying;

namespace Posthorn.Delivery;

/// <summary>A verdict in a log line.</summary>
internal static class VerdictText
{
    public static string Of(Verdict verdict) => verdict switch
    {
        Verdict.Delivered => "delivered",
        Verdict.Retry retry => $"again at {Rfc3339.Format(retry.DueAt)}",
        Verdict.DeadLetter dead => $"dead-lettered as {dead.Reason}",
        Verdict.Drop drop => $"dropped as {drop.Reason}",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, message: null),
    };
}
