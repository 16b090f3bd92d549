using System.Text.Json;

namespace Posthorn.Envelopes;

/// <summary>The items of a JSON array as their own bytes, so that each is judged by itself, and one as deep as it likes.</summary>
public static class JsonItems
{
    private static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = 10_000 };

    /// <summary>Whether the text begins as an array.</summary>
    public static bool IsArray(ReadOnlySpan<byte> json) => json.TrimStart(" \t\r\n"u8) is [(byte)'[', ..];

    /// <summary>Whether the text is one whole JSON value.</summary>
    public static bool IsValue(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, AnyDepth);
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The bytes of each item; null when the text is not a valid array.</summary>
    public static List<ReadOnlyMemory<byte>>? Split(ReadOnlyMemory<byte> json)
    {
        try
        {
            var items = new List<ReadOnlyMemory<byte>>();
            var reader = new Utf8JsonReader(json.Span, AnyDepth);
            reader.Read();
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                items.Add(json[start..(int)reader.BytesConsumed]);
            }

            return reader.Read() ? null : items;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
