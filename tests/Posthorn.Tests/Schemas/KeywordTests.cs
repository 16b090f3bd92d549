namespace Posthorn.Tests.Schemas;

/// <summary>What each keyword accepts, and what is told of a value it does not.</summary>
public class KeywordTests
{
    [Theory]
    [InlineData("""true""", """{"any":"thing"}""")]
    [InlineData("""{}""", """null""")]
    [InlineData("""{"type":"integer"}""", "1.0")]
    [InlineData("""{"type":"integer"}""", "123456789012345678901234567890")]
    [InlineData("""{"minimum":18446744073709551616}""", "18446744073709551616")]
    [InlineData("""{"type":"number"}""", "1e300")]
    [InlineData("""{"type":["string","null"],"minLength":3}""", "null")]
    [InlineData("""{"enum":[1,"a",null,{"x":[1,2]}]}""", "1.0")]
    [InlineData("""{"enum":[1,"a",null,{"x":[1,2],"y":0}]}""", """{"y":0,"x":[1,2]}""")]
    [InlineData("""{"const":null}""", "null")]
    [InlineData("""{"maxLength":1}""", "\"😀\"")]
    [InlineData("""{"minLength":2}""", "12")]
    [InlineData("""{"pattern":"^\\d+$"}""", "\"123\"")]
    [InlineData("""{"pattern":"b"}""", "\"abc\"")]
    [InlineData("""{"pattern":"^[$]\\$$"}""", "\"$$\"")]
    [InlineData("""{"multipleOf":0.01}""", "19.99")]
    [InlineData("""{"minimum":1,"exclusiveMinimum":false}""", "1")]
    [InlineData("""{"required":["a"]}""", "\"no object\"")]
    [InlineData("""{"properties":{"a":{"type":"string"}}}""", "{}")]
    [InlineData("""{"patternProperties":{"^x-":{"type":"string"}},"additionalProperties":false}""", """{"x-a":"1"}""")]
    [InlineData("""{"items":[{"type":"string"}]}""", """["a",1,2]""")]
    [InlineData("""{"uniqueItems":true}""", """[1,"1",true,"true",[1],{"a":1},{"a":2}]""")]
    [InlineData("""{"anyOf":[{"type":"string"},{"minimum":3}]}""", "3")]
    [InlineData("""{"oneOf":[{"type":"string"},{"type":"null"}]}""", "null")]
    [InlineData("""{"not":{"required":["a"]}}""", """{"b":1}""")]
    [InlineData("""{"definitions":{"a/b~c":{"type":"integer"}},"$ref":"#/definitions/a~1b~0c"}""", "1")]
    [InlineData("""{"$defs":{"ü x":{"type":"integer"}},"items":{"$ref":"#/$defs/%C3%BC%20x"}}""", "[1]")]
    [InlineData("""{"format":"nonsense","x-note":1,"type":"string"}""", "\"a\"")]
    [InlineData("""{"format":"uri"}""", "\"urn:a:b\"")]
    [InlineData("""{"format":"email"}""", "\"a.b+c@example.com\"")]
    [InlineData("""{"format":"date-time"}""", "\"2026-01-31t12:00:00.123456789+02:00\"")]
    public void This_is_accepted(string schema, string data) => Schema.Of(schema).Errors(data).ShouldBeEmpty();

    [Theory]
    [InlineData("""false""", "1", "$.data: is accepted by no schema here")]
    [InlineData("""{"type":["string","null"]}""", "1", "$.data: is 1; it is a string or null")]
    [InlineData("""{"type":"string"}""", "null", "$.data: is null; it is a string")]
    [InlineData("""{"properties":{"a":{"$ref":"#/definitions/s"}},"definitions":{"s":{"type":"string"}}}""", """{"a":null}""", "$.data.a: is null; it is a string")]
    [InlineData("""{"properties":{"a":{"enum":["x"]}}}""", """{"a":null}""", "$.data.a: is null; it is 'x'")]
    [InlineData("""{"enum":["1","True"]}""", "1", "$.data: is 1; it is one of '1', 'True'")]
    [InlineData("""{"enum":["1","True"]}""", "true", "$.data: is true; it is one of '1', 'True'")]
    [InlineData("""{"const":{"a":[1]}}""", "{}", """$.data: is an object; it is '{"a":[1]}'""")]
    [InlineData("""{"minLength":3}""", "\"ab\"", "$.data: is 'ab', 2 characters; it has at least 3")]
    [InlineData("""{"maxLength":1}""", "\"ab\"", "$.data: is 'ab', 2 characters; it has at most 1")]
    [InlineData("""{"pattern":"^a$"}""", "\"a\\n\"", "$.data: is 'a?'; it matches the pattern '^a$'")]
    [InlineData("""{"pattern":"^\\d$"}""", "\"٣\"", "$.data: is '٣'; it matches the pattern '^\\d$'")]
    [InlineData("""{"minimum":0}""", "-1", "$.data: is -1; it is at least 0")]
    [InlineData("""{"minimum":0}""", "-1e300", null)]
    [InlineData("""{"minimum":18446744073709551617}""", "18446744073709551616", "$.data: is 18446744073709551616; it is at least 18446744073709551617")]
    [InlineData("""{"maximum":10}""", "123456789012345678901234567890123456789012345678901234567890", null)]
    [InlineData("""{"exclusiveMinimum":0}""", "0", "$.data: is 0; it is more than 0")]
    [InlineData("""{"minimum":0,"exclusiveMinimum":true}""", "0", "$.data: is 0; it is more than 0")]
    [InlineData("""{"maximum":9,"exclusiveMaximum":true}""", "9", "$.data: is 9; it is less than 9")]
    [InlineData("""{"multipleOf":5}""", "7", "$.data: is 7; it is a multiple of 5")]
    [InlineData("""{"maxItems":0}""", "[1]", "$.data: has 1 item; it has at most 0")]
    [InlineData("""{"minItems":2}""", "[1]", "$.data: has 1 item; it has at least 2")]
    [InlineData("""{"maxProperties":0}""", """{"a":1}""", "$.data: has 1 property; it has at most 0")]
    [InlineData("""{"minProperties":1}""", "{}", "$.data: has 0 properties; it has at least 1")]
    [InlineData("""{"uniqueItems":true}""", """[{"a":1,"b":2},{"b":2,"a":1.0}]""", "$.data[1]: is an object again, as item 0; no item may occur twice")]
    [InlineData("""{"items":[{},{"type":"string"}],"additionalItems":false}""", "[1,2]", "$.data[1]: is 2; it is a string")]
    [InlineData("""{"items":[{}],"additionalItems":false}""", "[1,2]", "$.data[1]: is accepted by no schema here")]
    [InlineData("""{"items":{"items":{"type":"string"}}}""", "[[],[\"a\",1]]", "$.data[1][1]: is 1; it is a string")]
    [InlineData("""{"required":["task_id"]}""", "{}", "$.data.task_id: is required")]
    [InlineData("""{"properties":{"a b.c":{"properties":{"x":{"type":"null"}}}}}""", """{"a b.c":{"x":1}}""", "$.data['a b.c'].x: is 1; it is null")]
    [InlineData("""{"properties":{"":{"type":"null"}}}""", """{"":1}""", "$.data['']: is 1; it is null")]
    [InlineData("""{"properties":{"ключ":{"type":"null"}}}""", """{"ключ":1}""", "$.data['ключ']: is 1; it is null")]
    [InlineData("""{"properties":{"a":{}},"additionalProperties":false}""", """{"b":1}""", "$.data.b: is not accepted here; the properties are 'a'")]
    [InlineData("""{"additionalProperties":{"type":"string"}}""", """{"b":1}""", "$.data.b: is 1; it is a string")]
    [InlineData("""{"properties":{"x-a":{}},"patternProperties":{"^x-":{"type":"string"}}}""", """{"x-a":1}""", "$.data.x-a: is 1; it is a string")]
    [InlineData("""{"allOf":[{"$ref":"#/definitions/o"}],"required":["a"],"definitions":{"o":{}}}""", "{}", "$.data.a: is required")]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"null"}]}""", "1", "$.data: is 1; it is a string or null")]
    [InlineData("""{"oneOf":[{"minimum":1},{"minimum":2}]}""", "3", "$.data: fits alternatives 1 and 2 at once; it fits exactly one")]
    [InlineData("""{"oneOf":[{"properties":{"k":{"const":"a"}},"required":["x"]},{"properties":{"k":{"const":"b"}},"required":["y"]}]}""", """{"k":"b"}""", "$.data.y: is required")]
    [InlineData("""{"not":{"type":"string"}}""", "\"a\"", "$.data: is 'a', which the schema excludes")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2},"else":{"type":"null"}}""", "\"a\"", "$.data: is 'a', 1 character; it has at least 2")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2},"else":{"type":"null"}}""", "1", "$.data: is 1; it is null")]
    [InlineData("""{"properties":{"next":{"$ref":"#"}},"required":["v"]}""", """{"v":1,"next":{"v":1,"next":{}}}""", "$.data.next.next.v: is required")]
    [InlineData("""{"format":"date-time"}""", "\"2026-01-31T12:00:00\"", null)]
    [InlineData("""{"format":"date-time"}""", "\"2026-02-30T12:00:00Z\"", null)]
    [InlineData("""{"format":"date-time"}""", "\"/Date(1198908717056)/\"", null)]
    [InlineData("""{"format":"date"}""", "\"2026-02-30\"", "$.data: is '2026-02-30'; it is a date, such as 2026-01-31")]
    [InlineData("""{"format":"time"}""", "\"12:00\"", null)]
    [InlineData("""{"format":"uri"}""", "\"/etc/passwd\"", "$.data: is '/etc/passwd'; it is a URI with its scheme")]
    [InlineData("""{"format":"ipv4"}""", "\"127.1\"", null)]
    [InlineData("""{"format":"ipv6"}""", "\"[::1]:80\"", null)]
    [InlineData("""{"format":"uuid"}""", "\"{00000000-0000-0000-0000-000000000000}\"", null)]
    [InlineData("""{"format":"email"}""", "\"a@b@c\"", null)]
    [InlineData("""{"format":"hostname"}""", "\"a_b c\"", null)]
    public void This_is_refused_with_what_was_held_and_what_is_accepted(string schema, string data, string? error)
    {
        var told = Schema.Of(schema).Errors(data).ShouldHaveSingleItem();

        told.ShouldStartWith("$.data");
        if (error is not null) told.ShouldBe(error);
    }

    [Fact]
    public void Where_no_alternative_was_plainly_meant_the_nearest_is_told() =>
        Schema.Of("""{"anyOf":[{"required":["a","b"]},{"required":["c"]}]}""").Errors("{}").ShouldBe(
            ["$.data: fits none of 2 alternatives; what the nearest lacks is told with it", "$.data.c: is required"]);

    [Fact]
    public void Every_fault_is_named_not_only_the_first() =>
        Schema.Of("""{"allOf":[{"required":["a"]},{"required":["b"]}],"properties":{"n":{"minimum":5,"multipleOf":2},"t":{"minLength":3,"pattern":"x"}}}""")
            .Errors("""{"n":3,"t":"a"}""").Count.ShouldBe(6);

    [Fact]
    public async Task A_schema_is_shared_between_threads()
    {
        var schema = Schema.Of("""{"properties":{"a":{"pattern":"^(a|b)+$"}},"items":{"anyOf":[{"type":"string"},{"$ref":"#"}]}}""");

        var told = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => Task.Run(() => schema.Errors($$"""[["x",{"a":"{{n}}"}]]"""))));

        told.ShouldAllBe(errors => errors.Count == 1 && errors[0].StartsWith("$.data[0][1]"));
    }
}
