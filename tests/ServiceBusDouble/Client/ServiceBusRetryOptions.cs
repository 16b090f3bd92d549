using Posthorn.ServiceBusDouble;

namespace Azure.Messaging.ServiceBus;

/// <summary>
/// How the SDK retries. The double does not: a fault that a test orders is what is left after the retries. Only <see cref="TryTimeout"/>
/// has an effect, as the longest wait of a receive that names none, and of the wait for a session.
/// </summary>
public class ServiceBusRetryOptions
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestTry = TimeSpan.FromHours(1);

    /// <summary>Default: exponential.</summary>
    public ServiceBusRetryMode Mode { get; set; } = ServiceBusRetryMode.Exponential;

    /// <summary>Default: 3; at most 100.</summary>
    public int MaxRetries
    {
        get;
        set => field = Require.InRange(value, 0, 100, nameof(MaxRetries));
    } = 3;

    /// <summary>Default: 0.8 s; from 1 ms to 5 min.</summary>
    public TimeSpan Delay
    {
        get;
        set => field = Require.InRange(value, TimeSpan.FromMilliseconds(1), LongestDelay, nameof(Delay));
    } = TimeSpan.FromSeconds(0.8);

    /// <summary>Default: 60 s.</summary>
    public TimeSpan MaxDelay
    {
        get;
        set => field = Require.NotNegative(value, nameof(MaxDelay));
    } = TimeSpan.FromMinutes(1);

    /// <summary>Default: 60 s; at most one hour.</summary>
    public TimeSpan TryTimeout
    {
        get;
        set => field = Require.InRange(value, TimeSpan.Zero, LongestTry, nameof(TryTimeout));
    } = TimeSpan.FromMinutes(1);

    internal ServiceBusRetryOptions Copy() => (ServiceBusRetryOptions)MemberwiseClone();
}
