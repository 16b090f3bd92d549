using Posthorn.Settings;

namespace Posthorn.Delivery;

/// <summary>How much is delivered at once. Section <c>delivery</c>.</summary>
public sealed record DeliveryOptions
{
    /// <summary>Whether this process delivers; else it takes mail in, and leaves the queue to others. Default: true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The most messages under way at once in this process; as many again are leased ahead. Default: 256.</summary>
    public int MaxInFlight { get; init; } = 256;

    /// <summary>The most requests in flight to one destination. Default: 16.</summary>
    public int MaxInFlightPerDestination { get; init; } = 16;

    /// <summary>How long a stop waits for requests in flight before it gives their messages back. Default: 25 s.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>The longest wait a receiver's Retry-After is followed for. Default: 1 h.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Reads the section <c>delivery</c>.</summary>
    public static DeliveryOptions From(SettingsSection delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        delivery.AcceptOnly("enabled", "maxInFlight", "maxInFlightPerDestination", "shutdownGrace", "maxRetryAfter");
        var defaults = new DeliveryOptions();
        return new DeliveryOptions
        {
            Enabled = delivery.Flag("enabled", defaults.Enabled),
            MaxInFlight = delivery.Integer("maxInFlight", defaults.MaxInFlight, 1, 10_000),
            MaxInFlightPerDestination = delivery.Integer("maxInFlightPerDestination", defaults.MaxInFlightPerDestination, 1, 10_000),
            ShutdownGrace = delivery.Duration("shutdownGrace", defaults.ShutdownGrace, TimeSpan.Zero, TimeSpan.FromMinutes(10)),
            MaxRetryAfter = delivery.Duration("maxRetryAfter", defaults.MaxRetryAfter, TimeSpan.Zero, TimeSpan.FromDays(1)),
        };
    }
}
