using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Posthorn.Envelopes;

/// <summary>Writes bytes that are JSON as they are, but in one line, and others as base64.</summary>
internal sealed class RawJsonConverter : JsonConverter<ReadOnlyMemory<byte>>
{
    /// <summary>The JSON as it stands; of other bytes, their base64 as a JSON string.</summary>
    public override ReadOnlyMemory<byte> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var value = JsonDocument.ParseValue(ref reader);
        return Encoding.UTF8.GetBytes(value.RootElement.GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> value, JsonSerializerOptions options)
    {
        if (Utf8.IsValid(value.Span) && JsonItems.IsValue(value.Span)) writer.WriteRawValue(InOneLine(value.Span), skipInputValidation: true);
        else writer.WriteBase64StringValue(value.Span);
    }

    /// <summary>Line ends of JSON stand between its tokens only (RFC 8259, section 7): blanks say the same.</summary>
    private static ReadOnlySpan<byte> InOneLine(ReadOnlySpan<byte> json)
    {
        if (!json.ContainsAny("\r\n"u8)) return json;
        var line = json.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        return line;
    }
}
