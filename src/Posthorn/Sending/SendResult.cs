namespace Posthorn.Sending;

/// <summary>What happened to one attempt; what it means is for <see cref="Retrying.DeliveryPolicy"/> to say.</summary>
public abstract record SendResult
{
    private SendResult()
    {
    }

    /// <summary>When the attempt began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The receiver answered.</summary>
    /// <param name="Status">Its HTTP status.</param>
    /// <param name="RetryAfter">The wait it asks for, if it asks for one that can be read.</param>
    /// <param name="Extract">A short printable extract of the body.</param>
    public sealed record Answered(int Status, TimeSpan? RetryAfter, string? Extract) : SendResult;

    /// <summary>There was no answer.</summary>
    /// <param name="Error">The kind of error.</param>
    /// <param name="Detail">Its cause, in one line.</param>
    public sealed record Failed(SendError Error, string Detail) : SendResult;

    /// <summary>It was not sent, and never will be as it is.</summary>
    /// <param name="Refusal">Why.</param>
    public sealed record Refused(Refusal Refusal) : SendResult;
}

/// <summary>Why there was no answer.</summary>
public enum SendError
{
    /// <summary>The host name does not resolve.</summary>
    NameResolution,

    /// <summary>No connection: refused, unreachable, or not in time.</summary>
    Connect,

    /// <summary>TLS failed: certificate expired, untrusted, of another host, or no common version.</summary>
    Tls,

    /// <summary>The deadline passed.</summary>
    Timeout,

    /// <summary>The connection died before the answer.</summary>
    ConnectionLost,

    /// <summary>The answer is not HTTP, or beyond its bounds.</summary>
    InvalidResponse,

    /// <summary>The signing secret could not be had: nothing was sent, as nothing is sent unsigned.</summary>
    SecretUnavailable,

    /// <summary>This process may not open another connection: nothing was sent, and it is nobody's fault out there.</summary>
    LocalLimit,

    /// <summary>Anything else; the detail has its name.</summary>
    Other,
}

/// <summary>This process may not open another connection now.</summary>
public sealed class LocalLimitException(string message) : Exception(message);
