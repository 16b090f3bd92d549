using Posthorn.Envelopes;

namespace Posthorn.Events;

/// <summary>Knows the schemas that are registered for event types.</summary>
public interface IEventValidator
{
    /// <summary>Every way in which the data breaks the schema of its type, with paths below <c>$.data</c>; none when there is no schema.</summary>
    IReadOnlyList<EnvelopeError> Validate(string type, ReadOnlyMemory<byte> data);
}
