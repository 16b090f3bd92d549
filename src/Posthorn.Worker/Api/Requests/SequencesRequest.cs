using Posthorn.Envelopes;

namespace Posthorn.Worker.Api.Requests;

/// <summary>Dead letters by their sequence numbers.</summary>
/// <param name="Sequences">At most 10,000.</param>
public sealed record SequencesRequest(IReadOnlyList<long> Sequences)
{
    private const int Max = 10_000;

    internal static IReadOnlyList<long>? Read(ReadOnlyMemory<byte> json, List<EnvelopeError> errors)
    {
        var request = JsonFields.Read(json, "a list of dead letters", fields =>
        {
            fields.AcceptOnly("sequences");
            if (!fields.Has("sequences")) fields.Note("sequences", "is required: the numbers of dead letters");
            return new SequencesRequest(fields.Longs("sequences") ?? []);
        }, errors);
        if (request?.Sequences.Count > Max) errors.Add(new EnvelopeError("$.sequences", $"has {request.Sequences.Count} numbers; at most {Max} are accepted"));
        return errors.Count == 0 ? request?.Sequences : null;
    }
}
