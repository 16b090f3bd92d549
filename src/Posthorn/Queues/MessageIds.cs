using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Queues;

/// <summary>
/// Message ids that duplicate detection tells apart. A producer's first is the envelope's own id, which holds no dot; what we make
/// ourselves has one.
/// </summary>
public static class MessageIds
{
    /// <summary>The most characters of a message id (Azure Service Bus).</summary>
    public const int MaxLength = 128;

    private const int KeptOfLong = 60;

    /// <summary>The id of the n-th replay: <c>{id}:r{n}</c>.</summary>
    public static string Replay(string messageId, int replays) => Bounded($"{messageId}:r{replays.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>The id of an event that is yet to be sent to its endpoints: <c>{id}.event</c>.</summary>
    public static string Event(string eventId) => $"{eventId}.event";

    /// <summary>The id of an event that has been sent to some of its endpoints: <c>{id}.event.{step}</c>.</summary>
    public static string EventStep(string eventId, int step) => $"{eventId}.event.{step.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The id of a delivery that is sent again on somebody's wish: <c>{delivery}.again.{nonce}</c>.</summary>
    public static string Again(string deliveryId, string nonce) => Bounded($"{deliveryId}.again.{nonce}");

    /// <summary>An id of any length, as short as a broker takes; different ones stay different.</summary>
    public static string Bounded(string id) =>
        id.Length <= MaxLength ? id : $"{id[..KeptOfLong]}~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 16))}";
}
