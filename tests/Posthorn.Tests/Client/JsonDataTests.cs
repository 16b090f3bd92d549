using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.Client;

namespace Posthorn.Tests.Client;

public partial class JsonDataTests
{
    [Fact]
    public void A_payload_is_kept_byte_for_byte()
    {
        const string Text = """ { "n" : [1.0, 2.50,1e2 ] , "text":"ü \u00fc \/ <&>" } """;

        TextOf(JsonData.Parse(Text)).ShouldBe(Text);
        using var document = JsonDocument.Parse(Text);
        TextOf(document.RootElement).ShouldBe(Text.Trim());
    }

    [Fact]
    public void An_object_is_written_as_its_context_says_or_as_reflection_finds_it()
    {
        var batch = new Batch("b-7", 5);

        TextOf(JsonData.From(batch, BatchJson.Default.Batch)).ShouldBe("""{"batch_id":"b-7","total":5}""");
        TextOf(JsonData.From(batch)).ShouldBe("""{"BatchId":"b-7","Total":5}""");
        TextOf(JsonData.From(new { batch_id = "b-7" }, JsonSerializerOptions.Web)).ShouldBe("""{"batch_id":"b-7"}""");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("hello")]
    public void What_is_not_one_JSON_value_is_no_payload(string text) => Should.Throw<ArgumentException>(() => JsonData.Parse(text));

    [Fact]
    public void Bytes_that_change_later_change_nothing()
    {
        var bytes = "[1]"u8.ToArray();
        var data = JsonData.FromUtf8(bytes);

        bytes[1] = (byte)'2';

        TextOf(data).ShouldBe("[1]");
    }

    private static string TextOf(JsonData data) => Encoding.UTF8.GetString(data.Utf8.Span);

    internal sealed record Batch(string BatchId, int Total);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(Batch))]
    internal sealed partial class BatchJson : JsonSerializerContext;
}
