using System.Globalization;
using Posthorn.Amqp.Types;
using Posthorn.Envelopes;

namespace Posthorn.Worker.Amqp.Messages;

/// <summary>Values of an AMQP message as the texts that an envelope's properties are; a producer may write one as the type that comes to hand.</summary>
internal static class PropertyText
{
    private static readonly long LatestTicks = DateTimeOffset.MaxValue.Ticks;

    /// <summary>The text; null when the value has none.</summary>
    public static string? Of(object? value) => value switch
    {
        null => null,
        string text => text,
        bool flag => flag ? "1" : "0", // As envelope properties write it.
        AmqpTimestamp time => Rfc3339.Format(time.ToDateTimeOffset()),
        Described described => OfDescribed(described),
        Symbol symbol => symbol.Value,
        IFormattable formattable => formattable.ToString(format: null, CultureInfo.InvariantCulture),
        _ => null,
    };

    /// <summary>The text of a message's id, whichever of its four types it has.</summary>
    public static string? OfId(object? id) => id is byte[] bytes ? Convert.ToHexStringLower(bytes) : Of(id);

    /// <summary>Types of .NET that its SDK writes described (Azure.Core.Amqp: AmqpMessageConverter).</summary>
    private static string? OfDescribed(Described described) => (described.Descriptor as Symbol?)?.Value switch
    {
        "com.microsoft:uri" => described.Value as string,
        "com.microsoft:datetime-offset" when described.Value is long ticks => Rfc3339.Format(new DateTimeOffset(Math.Clamp(ticks, 0, LatestTicks), TimeSpan.Zero)),
        "com.microsoft:timespan" when described.Value is long ticks => TimeSpan.FromTicks(ticks).ToString("c", CultureInfo.InvariantCulture),
        _ => null,
    };
}
