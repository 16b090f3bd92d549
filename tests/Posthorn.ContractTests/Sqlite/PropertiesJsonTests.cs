using System.Text;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>Properties as they lie in the file, whoever wrote them.</summary>
public sealed class PropertiesJsonTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        var properties = new Dictionary<string, string> { ["url"] = "https://a.example/?q=1&x=\"é\"", ["posthorn_note"] = "line\nline", [""] = "", ["sealed"] = new('x', 5000) };

        PropertiesJson.Read(PropertiesJson.Write(properties)).ShouldBe(properties, ignoreOrder: true);
    }

    [Theory]
    [InlineData("""{"url":"a","n":null}""")]
    [InlineData("""{"n":"b","url":"x","n":null,"url":"a"}""")]
    [InlineData("""{"\u0075rl":"a"}""")]
    public void A_null_is_no_property_the_last_one_counts_and_a_name_may_be_escaped(string json) => Read(json).ShouldBe(new Dictionary<string, string> { ["url"] = "a" });

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{")]
    [InlineData("""{"url":"a" """)]
    [InlineData("""{"url":"a"} {}""")]
    [InlineData("""{"url":1}""")]
    [InlineData("""{"url":{"a":"b"}}""")]
    [InlineData("""{"url":["a"]}""")]
    [InlineData("""{"url":"\ud800"}""")]
    [InlineData("""{"\ud800":"a"}""")]
    public void What_cannot_be_read_is_none(string json) => Read(json).ShouldBeEmpty();

    [Fact]
    public void Neither_can_what_is_no_UTF8() => PropertiesJson.Read([.. "{\"url\":\""u8, 0xFF, .. "\"}"u8]).ShouldBeEmpty();

    private static Dictionary<string, string> Read(string json) => PropertiesJson.Read(Encoding.UTF8.GetBytes(json));
}
