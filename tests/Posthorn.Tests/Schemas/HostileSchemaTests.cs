using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Posthorn.Envelopes;
using Posthorn.Worker.Schemas;

namespace Posthorn.Tests.Schemas;

/// <summary>A schema is a stranger's text: it reads nothing, opens nothing, and does not run for long.</summary>
public class HostileSchemaTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("""{"$ref":"ADDRESS"}""", false)]
    [InlineData("""{"$ref":"ADDRESS#/definitions/a"}""", false)]
    [InlineData("""{"properties":{"a":{"items":[{"$ref":"ADDRESS"}]}}}""", false)]
    [InlineData("""{"$id":"ADDRESS","properties":{"a":{"$ref":"other"}}}""", false)]
    [InlineData("""{"id":"ADDRESS","$schema":"ADDRESS","$id":"ADDRESS","definitions":{"a":{"$id":"ADDRESS"}},"properties":{"a":{"$ref":"#/definitions/a"}}}""", true)]
    public void No_address_is_ever_contacted(string schema, bool isAccepted)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var json = schema.Replace("ADDRESS", $"http://{listener.LocalEndpoint}/schema.json");

        if (isAccepted) Schema.Of(json).Errors("""{"a":1}""").ShouldBeEmpty();
        else Schema.Refused(json).ShouldHaveSingleItem().ShouldContain("a reference begins with '#' and stays in this schema");

        listener.Pending().ShouldBeFalse();
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("../host.json")]
    [InlineData("host.json#/profiles")]
    [InlineData("\\\\\\\\server\\\\share\\\\schema.json")]
    [InlineData("http://json-schema.org/draft-07/schema#")]
    [InlineData(" #/definitions/a")]
    [InlineData("")]
    public void No_file_is_ever_read(string reference) =>
        Schema.Refused($$$"""{"properties":{"a":{"$ref":"{{{reference}}}"} } }""").ShouldHaveSingleItem().ShouldContain("nothing is ever fetched");

    [Theory]
    [InlineData("""{"$ref":"#"}""")]
    [InlineData("""{"allOf":[{"$ref":"#"}]}""")]
    [InlineData("""{"not":{"anyOf":[{"oneOf":[{"$ref":"#"}]}]}}""")]
    [InlineData("""{"if":{"$ref":"#"}}""")]
    [InlineData("""{"$ref":"#/definitions/a","definitions":{"a":{"$ref":"#/definitions/b"},"b":{"allOf":[{},{"$ref":"#/definitions/a"}]}}}""")]
    [InlineData("""{"items":{"$ref":"#/definitions/a"},"definitions":{"a":{"$ref":"#/definitions/a"}}}""")]
    [InlineData("""{"definitions":{"unused":{"$ref":"#/definitions/unused"}}}""")]
    public void A_circle_that_never_goes_deeper_is_refused(string schema) =>
        Schema.Refused(schema).ShouldAllBe(error => error.Contains("leads back to itself"));

    [Fact]
    public void Only_what_stands_in_a_circle_is_named() =>
        Schema.Refused("""{"allOf":[{"$ref":"#/definitions/a"}],"definitions":{"a":{"$ref":"#/definitions/a"},"b":{}}}""")
            .ShouldHaveSingleItem().ShouldStartWith("$.schema.definitions.a: leads back to itself");

    [Fact]
    public void A_circle_through_the_data_ends_with_the_data() =>
        Schema.Of("""{"type":"array","items":{"$ref":"#"}}""").Errors(new string('[', 63) + "1" + new string(']', 63)).ShouldHaveSingleItem().ShouldEndWith("is 1; it is an array");

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("^(a|aa)+$")]
    [InlineData("^(([a-z])+.)+[A-Z]([a-z])+$")]
    [InlineData("(.*a){25}x")]
    public async Task A_pattern_that_backtracks_elsewhere_is_matched_at_once(string pattern)
    {
        var schema = Schema.Of($$"""{"pattern":"{{pattern}}"}""");

        (await InTime(() => schema.Errors($"\"{new string('a', 50_000)}!\""))).ShouldHaveSingleItem().ShouldContain("it matches the pattern");
    }

    [Fact]
    public async Task Very_many_patterns_are_refused_unless_they_are_the_same()
    {
        Schema.Of(Patterns(_ => "^[a-z]+$"));

        (await InTime(() => Schema.Refused(Patterns(n => n + "(?i)[\\\\w-[a]]?\\\\p{L}\\\\W[^x-ÿ]*(\\\\S+\\\\b)?[\\\\s]")))).ShouldAllBe(error => error.Contains("goes beyond the 10000 characters"));

        static string Patterns(Func<int, string> pattern) =>
            $$"""{"allOf":[{{string.Join(',', Enumerable.Range(0, 1990).Select(n => $$"""{"pattern":"{{pattern(n)}}"}"""))}}]}""";
    }

    [Fact]
    public async Task A_pattern_that_takes_too_long_is_an_error_and_no_exception()
    {
        var schema = Schema.Of("""{"items":{"pattern":"^(.*a.*){250}$"},"patternProperties":{"^(.*a.*){250}$":false}}""");
        var text = string.Concat(Enumerable.Repeat("ab", 20_000));

        (await InTime(() => schema.Errors($"[{string.Join(',', Enumerable.Repeat($"\"{text}\"", 20))}]")))
            .ShouldHaveSingleItem().ShouldStartWith("$.data[0]: is where checking stopped: matching the pattern '^(.*a.*){250}$' takes too long");
    }

    [Theory]
    [InlineData("""{"anyOf":[{"items":{"$ref":"#"}},{"items":{"$ref":"#"}}],"not":{"const":1}}""")]
    [InlineData("""{"oneOf":[{"items":{"$ref":"#"}},{"items":{"$ref":"#"}},{"type":"null"}]}""")]
    [InlineData("""{"allOf":[{"items":{"$ref":"#"}},{"items":{"$ref":"#"}},{"type":["array","null","string"]}]}""")]
    public async Task Alternatives_that_double_with_every_level_come_to_an_end(string schema)
    {
        var compiled = Schema.Of(schema);

        (await InTime(() => compiled.Errors(new string('[', 63) + "1" + new string(']', 63)))).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Definitions_that_double_come_to_an_end()
    {
        var doubling = Enumerable.Range(0, 60).Select(n => $$"""
            "d{{n}}":{"allOf":[{"$ref":"#/definitions/d{{n + 1}}"},{"$ref":"#/definitions/d{{n + 1}}"}]}
            """);
        var schema = Schema.Of($$$"""{"$ref":"#/definitions/d0","definitions":{ {{{string.Join(',', doubling)}}},"d60":{} } }""");

        (await InTime(() => schema.Errors("1"))).ShouldHaveSingleItem().ShouldContain("too many comparisons");
    }

    [Fact]
    public async Task A_long_chain_of_references_neither_hangs_nor_overflows()
    {
        var chain = Enumerable.Range(0, 1900).Select(n => $$"""
            "d{{n}}":{"$ref":"#/definitions/d{{n + 1}}"}
            """);
        var schema = Schema.Of($$$$"""{"$ref":"#/definitions/d0","items":{"$ref":"#"},"definitions":{ {{{{string.Join(',', chain)}}}},"d1900":{"items":{"$ref":"#"} } } }""");

        (await InTime(() => schema.Errors(new string('[', 63) + new string(']', 63)))).ShouldHaveSingleItem().ShouldContain("checking stopped");
    }

    [Fact]
    public void A_schema_of_more_bytes_than_allowed_is_refused()
    {
        Schema.Of($$"""{"title":"{{new string('x', EventSchema.MaxBytes - 12)}}"}""");
        Schema.Refused($$"""{"title":"{{new string('x', EventSchema.MaxBytes - 11)}}"}""").ShouldBe(["$.schema: is larger than 262144 bytes, the most a schema may have"]);
        Schema.Refused($$"""{"title":"{{new string('ü', EventSchema.MaxBytes / 2)}}"}""").ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_schema_of_very_many_schemas_is_refused_and_one_of_many_is_read_in_time()
    {
        string[] tooMany =
        [
            $$"""{"allOf":[{{string.Join(',', Enumerable.Repeat("{}", 60_000))}}]}""",
            $$"""{"properties":{ {{string.Join(',', Enumerable.Range(0, 20_000).Select(n => $"\"p{n}\":{{}}"))}} } }""",
        ];
        foreach (var json in tooMany)
            (await InTime(() => Schema.Refused(json))).ShouldHaveSingleItem().ShouldContain("holds more than 2000 schemas");

        var schema = await InTime(() => Schema.Of($$$"""{"properties":{ {{{string.Join(',', Enumerable.Range(0, 1990).Select(n => $"\"property_{n}\":{{\"type\":\"string\"}}"))}}} }}"""));
        (await InTime(() => schema.Errors("""{"property_1989":1}"""))).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("""{"not":""", "}")]
    [InlineData("""{"allOf":[""", "]}")]
    [InlineData("[", "]")]
    public void A_schema_nested_too_deep_is_refused(string open, string close)
    {
        foreach (var depth in new[] { 65, 100_000 / open.Length })
            Schema.Refused(string.Concat(Enumerable.Repeat(open, depth)) + "{}" + string.Concat(Enumerable.Repeat(close, depth))).ShouldHaveSingleItem().ShouldContain("is nested deeper than 64 levels");
    }

    [Fact]
    public async Task Ten_thousand_errors_are_cut_at_a_hundred()
    {
        var schema = Schema.Of("""{"items":{"type":"string"}}""");

        var errors = await InTime(() => schema.Errors($"[{string.Join(',', Enumerable.Repeat("1", 500_000))}]"));

        errors.Count.ShouldBe(EventSchema.MaxErrors);
        errors[^1].ShouldBe("$.data[99]: is 1; it is a string");
        Schema.Of("""{"properties":{"a":false},"additionalProperties":false,"uniqueItems":true}""")
            .Errors($"{{{string.Join(',', Enumerable.Range(0, 10_000).Select(n => $"\"p{n}\":1"))}}}").Count.ShouldBe(EventSchema.MaxErrors);
        Schema.Of("""{"anyOf":[{"items":{"type":"string"}},{"items":{"type":"string"}}]}""")
            .Errors($"[{string.Join(',', Enumerable.Repeat("1", 10_000))}]").Count.ShouldBe(EventSchema.MaxErrors);
    }

    [Theory]
    [InlineData("""{"items":{"anyOf":[{"type":"integer"},{"type":"string"}],"minimum":0,"maximum":9}}""")]
    [InlineData("""{"items":{"type":["integer","null"],"enum":[1,2]}}""")]
    public async Task A_megabyte_of_plain_data_is_checked_in_time(string schema)
    {
        var compiled = Schema.Of(schema);
        var data = Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat("1", 250_000))}]");

        (await InTime(() => compiled.Validate(data))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[1,")]
    [InlineData("nope")]
    public void What_is_no_JSON_is_an_error_and_no_exception(string data) =>
        Schema.Of("{}").Errors(data).ShouldBe(["$.data: is not valid JSON"]);

    [Fact]
    public void Neither_a_cut_nor_a_shuffled_schema_throws()
    {
        var text = BuiltInSchemas.All["stage_completed"].SchemaJson;
        string[] pieces = ["{", "}", "[", "]", "null", "1", "\"#\"", "\"type\"", "\"$ref\"", "\"allOf\"", "\"pattern\"", ":", ",", "-1", "1e308", "\"\\ud800\"", "true"];
        var random = new Random(20260131);
        for (var i = 0; i < 3000; i++)
        {
            var at = random.Next(text.Length);
            var changed = text[..at] + pieces[random.Next(pieces.Length)] + text[Math.Min(text.Length, at + random.Next(12))..];
            var errors = new List<EnvelopeError>();
            var schema = EventSchema.Compile(changed, errors);
            (schema is null).ShouldBe(errors.Count > 0);
            schema?.Errors("""{"event":"stage_completed","timestamp":1,"stage":{"type":-1e308}}""");
        }
    }

    /// <summary>The wall clock only guards against a hang; nothing is measured by it.</summary>
    private static async Task<T> InTime<T>(Func<T> check)
    {
        var started = Stopwatch.GetTimestamp();
        var result = await Task.Run(check).WaitAsync(Patience);
        TestContext.Current.SendDiagnosticMessage($"took {Stopwatch.GetElapsedTime(started)}");
        return result;
    }
}
