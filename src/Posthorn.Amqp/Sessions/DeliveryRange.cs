using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Sessions;

/// <summary>Finds the deliveries a disposition means, in the time that the smaller of its range and what there is takes.</summary>
internal static class DeliveryRange
{
    public static IReadOnlyList<T> Of<T>(Dictionary<uint, T> unsettled, Disposition disposition) where T : class
    {
        var count = (long)(disposition.Last - disposition.First) + 1; // Serial numbers (RFC 1982): they wrap around.
        if (count == 1) return unsettled.TryGetValue(disposition.First, out var one) ? [one] : [];
        return count <= unsettled.Count ? ByNumber(unsettled, disposition.First, count) : ByContent(unsettled, disposition);
    }

    private static List<T> ByNumber<T>(Dictionary<uint, T> unsettled, uint first, long count) where T : class
    {
        var found = new List<T>();
        for (var offset = 0; offset < count; offset++)
        {
            if (unsettled.TryGetValue(first + (uint)offset, out var delivery)) found.Add(delivery);
        }

        return found;
    }

    private static List<T> ByContent<T>(Dictionary<uint, T> unsettled, Disposition disposition) where T : class =>
        [.. unsettled.Where(pair => pair.Key - disposition.First <= disposition.Last - disposition.First).OrderBy(pair => pair.Key - disposition.First).Select(pair => pair.Value)];
}
