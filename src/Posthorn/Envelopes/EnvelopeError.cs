using Posthorn.Queues;

namespace Posthorn.Envelopes;

/// <summary>One thing that is wrong with an envelope.</summary>
/// <param name="Path">Where: a JSON path such as <c>$.destination.url</c>.</param>
/// <param name="Detail">What it holds, unless that is a secret, and what it may hold.</param>
/// <param name="Reason">What the envelope would be dead-lettered for if it stood on the queue.</param>
public sealed record EnvelopeError(string Path, string Detail, DeadLetterReason Reason)
{
    private const int MaxShown = 60;

    /// <summary>An error of form.</summary>
    public EnvelopeError(string path, string detail)
        : this(path, detail, DeadLetterReason.MalformedEnvelope)
    {
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Detail}";

    /// <summary>A value as an error may show it: one short printable line.</summary>
    public static string Shown(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var cut = value.Length > MaxShown ? value[..MaxShown] + "…" : value;
        return "'" + string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)) + "'";
    }
}
