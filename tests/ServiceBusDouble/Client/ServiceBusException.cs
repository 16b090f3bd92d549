namespace Azure.Messaging.ServiceBus;

/// <summary>What the broker or the connection to it refused.</summary>
public class ServiceBusException : Exception
{
    private const string Advice = ". For troubleshooting information, see https://aka.ms/azsdk/net/servicebus/exceptions/troubleshoot.";

    public ServiceBusException()
    {
    }

    /// <summary>Makes one whose <see cref="IsTransient"/> follows from the reason: timeout, busy and communication may pass by themselves.</summary>
    public ServiceBusException(string message, ServiceBusFailureReason reason, string? entityPath = null, Exception? innerException = null)
        : this(IsPassing(reason), message, entityPath, reason, innerException)
    {
    }

    public ServiceBusException(
        bool isTransient,
        string message,
        string? entityName = null,
        ServiceBusFailureReason reason = ServiceBusFailureReason.GeneralError,
        Exception? innerException = null)
        : base(message, innerException)
    {
        IsTransient = isTransient;
        EntityPath = entityName;
        Reason = reason;
    }

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsTransient { get; }

    public ServiceBusFailureReason Reason { get; }

    /// <summary>The entity, where it is known.</summary>
    public string? EntityPath { get; }

    /// <inheritdoc/>
    public override string Message =>
        (string.IsNullOrEmpty(EntityPath) ? $"{base.Message} ({Reason})" : $"{base.Message} ({EntityPath} - {Reason})") + Advice;

    private static bool IsPassing(ServiceBusFailureReason reason) =>
        reason is ServiceBusFailureReason.ServiceCommunicationProblem or ServiceBusFailureReason.ServiceTimeout or ServiceBusFailureReason.ServiceBusy;
}
