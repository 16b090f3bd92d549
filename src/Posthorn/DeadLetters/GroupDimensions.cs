namespace Posthorn.DeadLetters;

/// <summary>What dead letters are grouped by. Several make a finer grouping.</summary>
[Flags]
public enum GroupDimensions
{
    /// <summary>All in one.</summary>
    None = 0,

    /// <summary>The dead-letter reason.</summary>
    Reason = 1,

    /// <summary>The last attempt's HTTP status.</summary>
    Status = 2,

    /// <summary>The last attempt's kind of error.</summary>
    Error = 4,

    /// <summary>The reason, and what the last attempt met.</summary>
    Cause = Reason | Status | Error,

    /// <summary>The destination's scheme, host and port.</summary>
    Destination = 8,

    /// <summary>The profile.</summary>
    Profile = 16,

    /// <summary>The event type.</summary>
    Type = 32,

    /// <summary>The tenant.</summary>
    Tenant = 64,

    /// <summary>The registered endpoint.</summary>
    Endpoint = 128,

    /// <summary>The destination's whole URL, without user name and query.</summary>
    Url = 256,
}
