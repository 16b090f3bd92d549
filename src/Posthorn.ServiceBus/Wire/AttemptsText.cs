using System.Text;
using Posthorn.Queues;

namespace Posthorn.ServiceBus.Wire;

/// <summary>The attempts as the one property they travel in, cut to what a broker takes.</summary>
internal static class AttemptsText
{
    /// <summary>One property has at most 32 KB, all of them 64 KB (Azure Service Bus); the envelope's own come first.</summary>
    public const int MaxBytes = 16 * 1024;

    private static readonly int[] Details = [120, 40, 0];

    /// <summary>The text within so many bytes: with shorter details, and at last with fewer attempts, when all of them are too much.</summary>
    public static string Of(DeliveryProgress progress, int room = MaxBytes)
    {
        var text = progress.AttemptsToJson();
        foreach (var length in Details.TakeWhile(_ => IsTooLong(text)))
            text = (progress with { Attempts = [.. progress.Attempts.Select(attempt => attempt with { Detail = Cut(attempt.Detail, length), Error = Cut(attempt.Error, 60) })] }).AttemptsToJson();
        for (var kept = progress.Attempts.Count / 2; IsTooLong(text) && text != "[]"; kept /= 2)
            text = (progress with { Attempts = [.. progress.Attempts.TakeLast(kept).Select(attempt => attempt with { Detail = null, Error = Cut(attempt.Error, 60) })] }).AttemptsToJson();
        return text;

        bool IsTooLong(string candidate) => Encoding.UTF8.GetByteCount(candidate) > room;
    }

    /// <summary>Of the attempts the newest alone, in short.</summary>
    public static DeliveryProgress Newest(this DeliveryProgress progress) =>
        progress with { Attempts = progress.Attempts is [.., var newest] ? [newest with { Detail = null, Error = Cut(newest.Error, 60) }] : [] };

    /// <summary>How much of it a message may carry beside its properties, which have 64 KB in all; some is left for a death's cause.</summary>
    public static int RoomBeside(IReadOnlyDictionary<string, string> properties) =>
        Math.Clamp(PropertyLimits.MostInAll - PropertyLimits.ForOthers - PropertyLimits.SizeOf(properties), 0, MaxBytes);

    private static string? Cut(string? text, int length) => text is null || text.Length <= length ? text : length == 0 ? null : text[..(length - 1)] + "…";
}
