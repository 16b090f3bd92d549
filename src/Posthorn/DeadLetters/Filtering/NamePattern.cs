using Posthorn.Queues;
using Posthorn.Sending;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>Reads one name of a closed set, or a pattern of names; case does not matter.</summary>
internal static class NamePattern
{
    /// <summary>Why messages die, by Posthorn's doing or the broker's.</summary>
    public static IReadOnlyList<string> Reasons { get; } =
    [
        DeadLetterReason.RetriesExhausted.Name, DeadLetterReason.PermanentFailure.Name, DeadLetterReason.EndpointGone.Name,
        DeadLetterReason.BlockedAddress.Name, DeadLetterReason.InvalidDestination.Name, DeadLetterReason.InvalidHeader.Name,
        DeadLetterReason.MalformedEnvelope.Name, DeadLetterReason.UnknownProfile.Name, DeadLetterReason.SecretUnavailable.Name,
        DeadLetterReason.PayloadTooLarge.Name, DeadLetterReason.Expired.Name, DeadLetterReason.MaxDeliveryCountExceeded.Name,
        DeadLetterReason.TtlExpired.Name,
        "HeaderSizeExceeded", // Azure Service Bus's own: its properties grew beyond what it takes.
    ];

    /// <summary>What attempts meet in place of an answer: an error, or the refusal to try.</summary>
    public static IReadOnlyList<string> Errors { get; } =
        [.. Enum.GetNames<SendError>(), DeadLetterReason.BlockedAddress.Name, DeadLetterReason.InvalidDestination.Name, DeadLetterReason.InvalidHeader.Name];

    /// <summary>Reads a name or a pattern.</summary>
    /// <exception cref="FilterException">It is a name that is not in the set.</exception>
    public static TextPattern Read(TermText text, IReadOnlyList<string> names, string noun)
    {
        text.SkipBlanks();
        var typed = text.Rest.TrimEnd(" ").ToString();
        var isKnown = typed.Contains(TextPattern.Any) || names.Contains(typed, StringComparer.OrdinalIgnoreCase);
        if (isKnown) return new TextPattern(typed, StringComparison.OrdinalIgnoreCase);
        var nearest = NearestName.Of(typed, names);
        var difference = nearest is null ? "none is near it" : $"the nearest, {nearest}, differs";
        throw text.Wrong($"there is no {noun} '{Printable.Short(typed)}'; there are: {string.Join(", ", names)}; {difference}", text.Position + Common(typed, nearest ?? ""));
    }

    private static int Common(string one, string other) =>
        one.Zip(other).TakeWhile(pair => char.ToUpperInvariant(pair.First) == char.ToUpperInvariant(pair.Second)).Count();
}
