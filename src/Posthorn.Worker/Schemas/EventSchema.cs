using System.Text;
using Posthorn.Envelopes;

namespace Posthorn.Worker.Schemas;

/// <summary>
/// A compiled JSON Schema (draft 4 to draft 7): what the data of an event may hold. It is safe to share between threads. A schema is
/// a caller's text, so it never causes a file or an address to be read, and neither it nor the data can make checking run for long.
/// </summary>
public sealed class EventSchema
{
    /// <summary>The largest schema, in bytes of UTF-8: 256 KiB.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The most errors that are told of one schema or of one event.</summary>
    public const int MaxErrors = StrictJson.MaxErrors;

    private readonly SchemaNode _root;

    private EventSchema(SchemaNode root) => _root = root;

    /// <summary>Compiles a schema; it throws for no text.</summary>
    /// <param name="json">The schema: a JSON object, or true or false.</param>
    /// <param name="errors">Receives everything that is wrong, each with its path under <c>$.schema</c>.</param>
    /// <returns>The schema; null when anything is wrong with it.</returns>
    public static EventSchema? Compile(string json, ICollection<EnvelopeError> errors)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(errors);
        var found = new List<EnvelopeError>();
        var root = Encoding.UTF8.GetByteCount(json) > MaxBytes
            ? Refuse(found, $"is larger than {MaxBytes} bytes, the most a schema may have")
            : SchemaCompiler.Compile(Encoding.UTF8.GetBytes(json), found);

        foreach (var error in found.Take(MaxErrors)) errors.Add(error);
        return root is null || found.Count > 0 ? null : new EventSchema(root);
    }

    /// <summary>Names everything in the data that the schema does not accept.</summary>
    /// <param name="data">One JSON value in UTF-8.</param>
    /// <returns>At most <see cref="MaxErrors"/> errors, each with its path under <c>$.data</c>; none when the data is accepted.</returns>
    public IReadOnlyList<EnvelopeError> Validate(ReadOnlyMemory<byte> data) =>
        JsonTokens.TryRead(data.Span) is { } token
            ? new SchemaJudge().Run(token, _root)
            : [new EnvelopeError(SchemaJudge.Root, "is not valid JSON")];

    private static SchemaNode? Refuse(List<EnvelopeError> errors, string detail)
    {
        errors.Add(new EnvelopeError(SchemaPlace.RootPath, detail));
        return null;
    }
}
