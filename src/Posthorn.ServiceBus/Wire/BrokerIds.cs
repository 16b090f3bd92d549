using System.Globalization;
using System.Text.RegularExpressions;
using Posthorn.Queues;

namespace Posthorn.ServiceBus.Wire;

/// <summary>
/// The MessageIds that duplicate detection sees: no id comes twice within its window for a message that must get through, as the
/// broker drops the second one silently.
/// </summary>
internal static partial class BrokerIds
{
    /// <summary>A producer's first: the message's own id, unless it looks like one of a copy's.</summary>
    public static string First(string messageId) => LooksLikeCopy().IsMatch(messageId) ? MessageIds.Bounded($"{messageId}.") : messageId;

    /// <summary>What goes back: <c>{id}:{attempts}:{postponements}</c>, and <c>{id}:r{n}</c> when it has just been replayed.</summary>
    /// <param name="messageId">The message's id.</param>
    /// <param name="progress">What it has gone through by then.</param>
    /// <param name="replaced">The number of the copy that it takes the place of: it tells copies apart whose counts are absurd and grow no more.</param>
    public static string Copy(string messageId, DeliveryProgress progress, long replaced)
    {
        var life = progress.Replays > 0 ? MessageIds.Replay(messageId, progress.Replays) : messageId;
        var id = progress is { AttemptsMade: 0, Postponements: 0 } ? life : string.Create(CultureInfo.InvariantCulture, $"{life}:{progress.AttemptsMade}:{progress.Postponements}");
        var isAbsurd = Math.Max(progress.AttemptsMade, Math.Max(progress.Postponements, progress.Replays)) >= MessageReader.MostCounted;
        return MessageIds.Bounded(isAbsurd ? string.Create(CultureInfo.InvariantCulture, $"{id}.{replaced}") : id);
    }

    [GeneratedRegex("(:r[0-9]+|:[0-9]+:[0-9]+)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex LooksLikeCopy();
}
