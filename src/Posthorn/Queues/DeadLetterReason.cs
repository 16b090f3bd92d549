namespace Posthorn.Queues;

/// <summary>Why a message is dead; the exact strings that operators and alerts match on.</summary>
public readonly record struct DeadLetterReason(string Name)
{
    /// <summary>A broker takes at most 4096 characters of reason and of description (Azure Service Bus).</summary>
    public const int MaxDescriptionLength = 4096;

    /// <summary>Every attempt of the schedule failed.</summary>
    public static readonly DeadLetterReason RetriesExhausted = new("RetriesExhausted");

    /// <summary>The receiver gave an answer that the profile calls final.</summary>
    public static readonly DeadLetterReason PermanentFailure = new("PermanentFailure");

    /// <summary>The receiver says the endpoint no longer exists (410).</summary>
    public static readonly DeadLetterReason EndpointGone = new("EndpointGone");

    /// <summary>The destination resolves to an address nobody may reach through us.</summary>
    public static readonly DeadLetterReason BlockedAddress = new("BlockedAddress");

    /// <summary>The destination's URL is not one we send to.</summary>
    public static readonly DeadLetterReason InvalidDestination = new("InvalidDestination");

    /// <summary>A header of the envelope cannot be sent as it is.</summary>
    public static readonly DeadLetterReason InvalidHeader = new("InvalidHeader");

    /// <summary>The message is not an envelope.</summary>
    public static readonly DeadLetterReason MalformedEnvelope = new("MalformedEnvelope");

    /// <summary>The envelope names a profile this worker does not have.</summary>
    public static readonly DeadLetterReason UnknownProfile = new("UnknownProfile");

    /// <summary>The signing secret could not be had, through the whole schedule.</summary>
    public static readonly DeadLetterReason SecretUnavailable = new("SecretUnavailable");

    /// <summary>The body is larger than an envelope may be.</summary>
    public static readonly DeadLetterReason PayloadTooLarge = new("PayloadTooLarge");

    /// <summary>The envelope's deadline passed.</summary>
    public static readonly DeadLetterReason Expired = new("Expired");

    /// <summary>The broker's own: leased too often without being settled.</summary>
    public static readonly DeadLetterReason MaxDeliveryCountExceeded = new("MaxDeliveryCountExceeded");

    /// <summary>The broker's own: the message's time to live passed.</summary>
    public static readonly DeadLetterReason TtlExpired = new("TTLExpiredException");

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>Cuts a description to what a broker takes.</summary>
    public static string Bounded(string description)
    {
        ArgumentNullException.ThrowIfNull(description);
        return description.Length <= MaxDescriptionLength ? description : string.Concat(description.AsSpan(0, MaxDescriptionLength - 1), "…");
    }
}
