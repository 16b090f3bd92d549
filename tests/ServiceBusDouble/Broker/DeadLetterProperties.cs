namespace Posthorn.ServiceBusDouble;

/// <summary>The application properties in which the broker says why a message was dead-lettered, and the reasons it gives itself.</summary>
internal static class DeadLetterProperties
{
    public const string Reason = "DeadLetterReason";
    public const string Description = "DeadLetterErrorDescription";
    public const string DiagnosticId = "Diagnostic-Id";

    public const string MaxDeliveryCountExceeded = "MaxDeliveryCountExceeded";
    public const string Expired = "TTLExpiredException";

    /// <summary>The most characters of either text.</summary>
    public const int LongestText = 4096;
}
