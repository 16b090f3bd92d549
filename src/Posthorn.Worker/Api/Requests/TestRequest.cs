using Posthorn.Envelopes;

namespace Posthorn.Worker.Api.Requests;

/// <summary>What a test of an endpoint is to send; all of it may be left out.</summary>
/// <param name="Type">The event type.</param>
/// <param name="Data">The data.</param>
public sealed record TestRequest(string? Type, ReadOnlyMemory<byte>? Data)
{
    internal static TestRequest? Read(ReadOnlyMemory<byte> json, List<EnvelopeError> errors)
    {
        var request = JsonFields.Read(json, "a test", fields =>
        {
            fields.AcceptOnly("type", "data");
            return new TestRequest(fields.Text("type"), fields.Raw("data"));
        }, errors);
        if (request?.Type is { } type) new FieldNotes(errors).CheckType("$.type", type);
        return errors.Count == 0 ? request : null;
    }
}
