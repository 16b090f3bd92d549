using Azure.Messaging.ServiceBus;

namespace Posthorn.ServiceBusDouble;

/// <summary>What goes wrong with a call. As the double does not retry, it is what is left after the SDK's own retries.</summary>
public sealed class Fault
{
    private readonly Func<BrokerCall, Exception>? _before;
    private readonly Func<BrokerCall, Exception>? _after;
    private readonly Task _release;

    private Fault(Func<BrokerCall, Exception>? before, Func<BrokerCall, Exception>? after, Task? release = null)
    {
        _before = before;
        _after = after;
        _release = release ?? Task.CompletedTask;
    }

    /// <summary>The call is refused, without an effect.</summary>
    public static Fault Before(ServiceBusFailureReason reason) => new(call => Refusal.Of(reason, call.EntityPath), null);

    /// <inheritdoc cref="Before(ServiceBusFailureReason)"/>
    public static Fault Before(Exception error) => new(_ => error, null);

    /// <summary>The call takes effect, but its answer is lost.</summary>
    public static Fault After(ServiceBusFailureReason reason) => new(null, call => Refusal.Of(reason, call.EntityPath));

    /// <inheritdoc cref="After(ServiceBusFailureReason)"/>
    public static Fault After(Exception error) => new(null, _ => error);

    /// <summary>The call takes effect when a task has ended, and not before.</summary>
    public static Fault Held(Task until) => new(null, null, until);

    internal async Task StrikeBeforeAsync(BrokerCall call, CancellationToken cancellationToken)
    {
        await _release.WaitAsync(cancellationToken);
        if (_before is not null) throw _before(call);
    }

    internal void StrikeAfter(BrokerCall call)
    {
        if (_after is not null) throw _after(call);
    }
}
