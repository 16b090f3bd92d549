using Azure.Messaging.ServiceBus;

namespace Posthorn.ServiceBusDouble;

/// <summary>How entities are named: by path, without regard to case.</summary>
internal static class EntityPaths
{
    private const string DeadLetterSuffix = "/$DeadLetterQueue";
    private const string TransferSuffix = "/$Transfer/$DeadLetterQueue";

    public static string DeadLettersOf(string queue) => queue + DeadLetterSuffix;

    public static string Of(string queue, SubQueue subQueue) => subQueue switch
    {
        SubQueue.DeadLetter => DeadLettersOf(queue),
        SubQueue.TransferDeadLetter => queue + TransferSuffix,
        _ => queue,
    };

    /// <summary>The queue a path leads to, and whether it means the dead letters.</summary>
    public static (string Queue, bool IsDead) Parse(string path) =>
        path.EndsWith(DeadLetterSuffix, StringComparison.OrdinalIgnoreCase) ? (path[..^DeadLetterSuffix.Length], true) : (path, false);

    public static bool AreSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
