using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Posthorn.Envelopes;

namespace Posthorn.Client;

/// <summary>A payload: one JSON value, kept as the bytes that are sent.</summary>
public sealed class JsonData
{
    private JsonData(ReadOnlyMemory<byte> utf8) => Utf8 = utf8;

    /// <summary>The value's bytes.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>A value as the caller's source-generated context writes it.</summary>
    /// <exception cref="JsonException">The value cannot be written.</exception>
    public static JsonData From<T>(T value, JsonTypeInfo<T> type) => new(JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>A value as reflection finds it; names stay as they are unless the options say otherwise.</summary>
    /// <exception cref="NotSupportedException">The value cannot be written.</exception>
    [RequiresUnreferencedCode("Reflects over the value's type; give a JsonTypeInfo in a trimmed application.")]
    [RequiresDynamicCode("Reflects over the value's type; give a JsonTypeInfo in a native application.")]
    public static JsonData From<T>(T value, JsonSerializerOptions? options = null) => new(JsonSerializer.SerializeToUtf8Bytes(value, options));

    /// <summary>An element's own bytes, white space included.</summary>
    /// <exception cref="InvalidOperationException">The element is undefined.</exception>
    public static JsonData From(JsonElement element) => new(JsonMarshal.GetRawUtf8Value(element).ToArray());

    /// <summary>A text as it stands.</summary>
    /// <exception cref="ArgumentException">The text is not one JSON value.</exception>
    public static JsonData Parse([StringSyntax(StringSyntaxAttribute.Json)] string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return FromUtf8(Encoding.UTF8.GetBytes(json));
    }

    /// <summary>Bytes as they stand.</summary>
    /// <exception cref="ArgumentException">The bytes are not one JSON value.</exception>
    public static JsonData FromUtf8(ReadOnlyMemory<byte> utf8) =>
        JsonItems.IsValue(utf8.Span) ? new JsonData(utf8.ToArray()) : throw new ArgumentException("is not one JSON value", nameof(utf8));

    /// <inheritdoc cref="From(JsonElement)"/>
    public static implicit operator JsonData(JsonElement element) => From(element);

    /// <summary>Its size; never what it holds.</summary>
    public override string ToString() => $"JSON of {Utf8.Length} bytes";
}
