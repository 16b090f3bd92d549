using Posthorn.Settings;

namespace Posthorn.Queues;

/// <summary>How messages of one ordering key go on when one of them cannot be delivered. Section <c>ordering</c>.</summary>
public sealed record OrderingOptions
{
    /// <summary>What becomes of a key whose head is dead-lettered. Default: skip.</summary>
    public OnExhausted OnExhausted { get; init; } = OnExhausted.Skip;

    /// <summary>Reads the section <c>ordering</c>.</summary>
    public static OrderingOptions From(SettingsSection ordering)
    {
        ArgumentNullException.ThrowIfNull(ordering);
        ordering.AcceptOnly("onExhausted");
        return new OrderingOptions { OnExhausted = ordering.Choice("onExhausted", OnExhausted.Skip) };
    }
}

/// <summary>What becomes of an ordering key whose head is dead-lettered.</summary>
public enum OnExhausted
{
    /// <summary>The key goes on with its next message; a replayed dead letter joins it at the end.</summary>
    Skip,

    /// <summary>The key waits until the dead letter is replayed, which puts it back in its place, or purged.</summary>
    Hold,
}
