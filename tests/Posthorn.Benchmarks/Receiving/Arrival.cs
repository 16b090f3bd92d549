using System.Text.Json.Serialization;

namespace Posthorn.Benchmarks.Receiving;

/// <summary>One request as it came to a destination that answers.</summary>
/// <param name="Id">Its id on the wire; empty when it carried none.</param>
/// <param name="At">When its first byte was there, on the machine's monotonic clock, which all processes share.</param>
/// <param name="Destination">Which destination, from 0.</param>
/// <param name="Answer">What was done with it: a status, or a fault by its name.</param>
/// <param name="Signature">Whether its signature is right; null where none was asked for.</param>
/// <param name="Digest">The SHA-256 of its body; null where none was asked for.</param>
internal sealed record Arrival(string Id, long At, int Destination, string Answer, bool? Signature, string? Digest)
{
    /// <summary>Whether it was answered with a success.</summary>
    [JsonIgnore]
    public bool IsDelivery => Answer == "200";
}

/// <summary>The ports of a receiver process.</summary>
internal sealed record ReceiverPorts(List<int> Answering, List<int> Hanging);

/// <summary>How far a receiver process has come.</summary>
/// <param name="Arrived">Requests at destinations that answer.</param>
/// <param name="Reached">How many of the hanging destinations a request has come to.</param>
internal sealed record ReceiverCounts(int Arrived, int Reached);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<Arrival>))]
[JsonSerializable(typeof(ReceiverPorts))]
[JsonSerializable(typeof(ReceiverCounts))]
[JsonSerializable(typeof(TallyCounts))]
internal sealed partial class ReceivingJson : JsonSerializerContext;
