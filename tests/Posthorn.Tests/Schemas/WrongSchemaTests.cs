using Posthorn.Envelopes;
using Posthorn.Worker.Schemas;

namespace Posthorn.Tests.Schemas;

/// <summary>Each fault of a schema is named where it stands.</summary>
public class WrongSchemaTests
{
    [Theory]
    [InlineData("", "$.schema: is empty")]
    [InlineData("{", "$.schema: is not valid JSON")]
    [InlineData("{} {}", "$.schema: is not valid JSON")]
    [InlineData("{\"type\":\"string\",}", "$.schema.type: is not valid JSON")]
    [InlineData("null", "$.schema: is null; it is an object, or true or false")]
    [InlineData("[]", "$.schema: is an array; it is an object")]
    [InlineData("\"text\"", "$.schema: is 'text'; it is an object")]
    [InlineData("12", "$.schema: is 12; it is an object")]
    [InlineData("""{"type":"string","type":"null"}""", "$.schema.type: occurs twice")]
    [InlineData("""{"maximum":1e999}""", "$.schema.maximum: holds a number beyond the range of a double")]
    [InlineData("""{"title":"\ud800"}""", "$.schema.title: holds half of a surrogate pair")]
    [InlineData("""{"type":"nonsense"}""", "$.schema.type: is 'nonsense'; it is one of string, number, integer")]
    [InlineData("""{"type":["string",1]}""", "$.schema.type[1]: is 1; it is one of string")]
    [InlineData("""{"type":[]}""", "$.schema.type: is an empty array")]
    [InlineData("""{"type":null}""", "$.schema.type: is null")]
    [InlineData("""{"enum":[]}""", "$.schema.enum: is an array; it is an array of at least one value")]
    [InlineData("""{"minimum":"1"}""", "$.schema.minimum: is '1'; it is a number")]
    [InlineData("""{"maximum":1e200}""", "$.schema.maximum: is 1e200; it is a number between")]
    [InlineData("""{"exclusiveMaximum":"x"}""", "$.schema.exclusiveMaximum: is 'x'; it is a number, or true or false")]
    [InlineData("""{"multipleOf":0}""", "$.schema.multipleOf: is 0; it is a number greater than 0")]
    [InlineData("""{"multipleOf":1e-99}""", "$.schema.multipleOf: is 1e-99; it is a number greater than 0")]
    [InlineData("""{"minLength":-1}""", "$.schema.minLength: is -1; it is a whole number of at least 0")]
    [InlineData("""{"maxItems":1.5}""", "$.schema.maxItems: is 1.5; it is a whole number of at least 0")]
    [InlineData("""{"pattern":"("}""", "$.schema.pattern: is '(', which is not a valid regular expression")]
    [InlineData("""{"pattern":7}""", "$.schema.pattern: is 7; it is a string")]
    [InlineData("""{"pattern":"(?=a)b"}""", "$.schema.pattern: is '(?=a)b', which cannot be matched in bounded time; lookaheads")]
    [InlineData("""{"pattern":"(a)\\1"}""", "$.schema.pattern: is '(a)\\1', which cannot be matched in bounded time")]
    [InlineData("""{"pattern":"((a{999}){999}){999}"}""", "$.schema.pattern: is '((a{999}){999}){999}', which cannot be matched in bounded time")]
    [InlineData("""{"patternProperties":{"[":{}}}""", "$.schema.patternProperties['[']: is '[', which is not a valid regular expression")]
    [InlineData("""{"format":1}""", "$.schema.format: is 1; it is a string")]
    [InlineData("""{"required":true}""", "$.schema.required: is true; it is an array of names")]
    [InlineData("""{"required":["a",1]}""", "$.schema.required[1]: is 1; it is a string")]
    [InlineData("""{"uniqueItems":1}""", "$.schema.uniqueItems: is 1; it is true or false")]
    [InlineData("""{"properties":[]}""", "$.schema.properties: is an array; it is an object of schemas")]
    [InlineData("""{"properties":{"a":1}}""", "$.schema.properties.a: is 1; it is a schema")]
    [InlineData("""{"items":"x"}""", "$.schema.items: is 'x'; it is a schema")]
    [InlineData("""{"allOf":{}}""", "$.schema.allOf: is an object; it is an array of at least one schema")]
    [InlineData("""{"anyOf":[]}""", "$.schema.anyOf: is an array; it is an array of at least one schema")]
    [InlineData("""{"definitions":{"unused":{"type":"nonsense"}}}""", "$.schema.definitions.unused.type: is 'nonsense'")]
    [InlineData("""{"contains":{}}""", "$.schema.contains: is a keyword that is not supported")]
    [InlineData("""{"$ref":1}""", "$.schema['$ref']: is 1; it is a string")]
    [InlineData("""{"$ref":"#/definitions/none"}""", "$.schema['$ref']: is '#/definitions/none', where no schema stands")]
    [InlineData("""{"$ref":"#anchor"}""", "$.schema['$ref']: is '#anchor', where no schema stands")]
    [InlineData("""{"$ref":"#/title","title":"x"}""", "$.schema['$ref']: is '#/title', where no schema stands")]
    [InlineData("""{"anyOf":[{}],"not":{"$ref":"#/anyOf/01"}}""", "$.schema.not['$ref']: is '#/anyOf/01', where no schema stands")]
    [InlineData("""{"$ref":"#/%"}""", "$.schema['$ref']: is '#/%', where no schema stands")]
    public void A_wrong_schema_is_refused_with_the_path_of_its_fault(string schema, string error) =>
        Schema.Refused(schema).ShouldHaveSingleItem().ShouldStartWith(error);

    [Fact]
    public void Every_fault_of_a_schema_is_named() =>
        Schema.Refused("""{"type":"x","properties":{"a":{"minLength":"x"},"b":{"pattern":"["}},"$ref":"other.json"}""").Count.ShouldBe(4);

    [Fact]
    public void A_thousand_faults_are_cut_at_a_hundred() =>
        Schema.Refused($$"""{"allOf":[{{string.Join(',', Enumerable.Repeat("""{"type":"x"}""", 1000))}}]}""").Count.ShouldBe(EventSchema.MaxErrors);

    [Fact]
    public void A_fault_leaves_the_errors_that_were_there()
    {
        var errors = new List<EnvelopeError> { new("$.before", "was there") };

        EventSchema.Compile("{}", errors).ShouldNotBeNull();
        EventSchema.Compile("[]", errors).ShouldBeNull();

        errors.Count.ShouldBe(2);
    }
}
