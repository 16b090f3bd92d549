using System.Net.Sockets;
using System.Transactions;
using Azure;
using Azure.Identity;
using Azure.Messaging.ServiceBus;
using Posthorn.Queues;

namespace Posthorn.ServiceBus;

/// <summary>What the broker may run into, in the port's own words; every reason of the SDK is mapped on purpose.</summary>
internal static class ServiceBusFailures
{
    /// <summary>Calls the broker.</summary>
    /// <exception cref="QueueUnavailableException">It could not, or nobody knows whether it did.</exception>
    /// <exception cref="LockLostException">The lock is gone.</exception>
    /// <exception cref="MessageTooLargeException">A message is larger than the queue takes.</exception>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken = default)
    {
        Exception? translated;
        try
        {
            return await call();
        }
        catch (Exception failure) when (!IsWanted(failure, cancellationToken) && (translated = Translate(failure)) is not null)
        {
            // Told in the port's words.
        }

        throw translated;
    }

    /// <inheritdoc cref="GuardAsync{T}"/>
    public static Task GuardAsync(Func<Task> call, CancellationToken cancellationToken = default) => GuardAsync(
        async () =>
        {
            await call();
            return true;
        },
        cancellationToken);

    /// <summary>The failure in the port's words; null for what is none of the broker's.</summary>
    public static Exception? Translate(Exception failure) => failure switch
    {
        ServiceBusException broker => Of(broker),
        UnauthorizedAccessException => Unavailable("access is denied: the identity needs the roles Azure Service Bus Data Sender and Data Receiver on the queue, or the key is wrong", failure),
        AuthenticationFailedException => Unavailable("no token could be had for the identity: " + FirstLine(failure.Message), failure),
        TransactionInDoubtException => Unavailable("the broker did not say whether it was done; it may have been", failure),
        TransactionAbortedException { InnerException: { } cause } when Translate(cause) is { } translated => translated,
        TransactionException => Unavailable("the transaction was not done", failure),
        RequestFailedException refused => Unavailable($"the namespace's management answered {refused.Status}", failure),
        OperationCanceledException => Unavailable("the call was given up; it may have been done", failure),
        ObjectDisposedException => Unavailable("the queue is closed", failure),
        TimeoutException => Unavailable("no answer in time; it may have been done", failure),
        SocketException or IOException => Unavailable("the connection failed: " + FirstLine(failure.Message), failure),
        InvalidOperationException when failure.Message.Contains("No active transaction", StringComparison.OrdinalIgnoreCase) => Unavailable("the transaction ended before it was done", failure),
        InvalidOperationException when failure.Message.Contains("session", StringComparison.OrdinalIgnoreCase) => Unavailable("queue:serviceBus:sessions is not what the queue is: " + FirstLine(failure.Message), failure),
        _ => null,
    };

    /// <summary>Whether it is what the caller asked for himself; a call that the SDK cancels is a failed one.</summary>
    private static bool IsWanted(Exception failure, CancellationToken cancellationToken) => failure is OperationCanceledException && cancellationToken.IsCancellationRequested;

    private static Exception Of(ServiceBusException failure) => failure.Reason switch
    {
        ServiceBusFailureReason.MessageLockLost or ServiceBusFailureReason.SessionLockLost => new LockLostException("the broker gave the lock up: it ran out, or its connection broke"),
        ServiceBusFailureReason.MessageNotFound => new LockLostException("the broker no longer has the message under this lock"),
        ServiceBusFailureReason.MessageSizeExceeded => new MessageTooLargeException("the message is larger than the queue takes", failure),
        ServiceBusFailureReason.ServiceBusy => Unavailable("the broker is throttling; the namespace is at its limit", failure),
        ServiceBusFailureReason.ServiceTimeout => Unavailable("the broker did not answer in time; it may have been done", failure),
        ServiceBusFailureReason.QuotaExceeded => Unavailable("the queue is full (dead letters count too), or has too many connections", failure),
        ServiceBusFailureReason.MessagingEntityNotFound => Unavailable($"there is no queue {failure.EntityPath}", failure),
        ServiceBusFailureReason.MessagingEntityDisabled => Unavailable($"the queue {failure.EntityPath} is disabled", failure),
        ServiceBusFailureReason.ServiceCommunicationProblem => Unavailable("the broker cannot be reached", failure),
        ServiceBusFailureReason.SessionCannotBeLocked => Unavailable("the session is another receiver's", failure),
        _ => Unavailable(FirstLine(failure.Message), failure),
    };

    private static QueueUnavailableException Unavailable(string what, Exception failure) => new(what, failure);

    private static string FirstLine(string message) => message.ReplaceLineEndings("\n").Split('\n')[0];
}
