using System.Text;
using Posthorn.Envelopes;
using Posthorn.Worker.Schemas;

namespace Posthorn.Tests.Schemas;

/// <summary>Schemas and data as short texts.</summary>
internal static class Schema
{
    public static EventSchema Of(string json)
    {
        var errors = new List<EnvelopeError>();
        var schema = EventSchema.Compile(json, errors);
        errors.ShouldBeEmpty();
        return schema.ShouldNotBeNull();
    }

    /// <summary>The errors of a schema that is refused.</summary>
    public static List<string> Refused(string json)
    {
        var errors = new List<EnvelopeError>();
        EventSchema.Compile(json, errors).ShouldBeNull();
        errors.ShouldNotBeEmpty();
        errors.ShouldAllBe(error => error.Path.StartsWith("$.schema"));
        return errors.ConvertAll(error => error.ToString());
    }

    public static List<string> Errors(this EventSchema schema, string data) =>
        [.. schema.Validate(Encoding.UTF8.GetBytes(data)).Select(error => error.ToString())];
}
