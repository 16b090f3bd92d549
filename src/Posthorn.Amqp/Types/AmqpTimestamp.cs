namespace Posthorn.Amqp.Types;

/// <summary>
/// An absolute point in time, in milliseconds of the Unix epoch (AMQP 1.0 §1.6.17). Kept as the number it is on the wire: a peer
/// may write one that no calendar of ours has.
/// </summary>
public readonly record struct AmqpTimestamp(long Milliseconds)
{
    private static readonly long Earliest = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long Latest = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The timestamp of a moment; parts of a millisecond are lost.</summary>
    public static AmqpTimestamp From(DateTimeOffset time) => new(time.ToUnixTimeMilliseconds());

    /// <summary>The moment; the nearest one there is when the number is out of the calendar.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(Milliseconds, Earliest, Latest));
}
