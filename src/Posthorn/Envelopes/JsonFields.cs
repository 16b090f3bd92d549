using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Posthorn.Queues;
using Posthorn.Signing;

namespace Posthorn.Envelopes;

/// <summary>One JSON object and the path to it. A field that is null counts as absent.</summary>
internal readonly struct JsonFields(JsonElement element, string path, string noun, ICollection<EnvelopeError> errors)
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = StrictJson.MaxDepth };
    private readonly JsonElement _element = element;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Parses a text strictly and reads its object; null when the text is no JSON object.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="noun">What it is, for the errors: <c>an envelope</c>.</param>
    /// <param name="read">Takes the fields; the object lives no longer than this.</param>
    /// <param name="errors">Where to note what is wrong.</param>
    public static T? Read<T>(ReadOnlyMemory<byte> utf8, string noun, Func<JsonFields, T> read, ICollection<EnvelopeError> errors)
        where T : class
    {
        if (utf8.Span.StartsWith(ByteOrderMark)) utf8 = utf8[ByteOrderMark.Length..];
        if (utf8.Length > EnvelopeV1.MaxBytes)
        {
            errors.Add(new EnvelopeError("$", $"is {utf8.Length} bytes; {noun} has at most {EnvelopeV1.MaxBytes}", DeadLetterReason.PayloadTooLarge));
            return null;
        }

        if (!StrictJson.Check(utf8.Span, noun, errors)) return null;
        using var document = JsonDocument.Parse(utf8, Strict);
        var fields = new JsonFields(document.RootElement, "$", noun, errors);
        return fields.IsObject ? read(fields) : null;
    }

    public bool IsObject { get; } = CheckObject(element, path, errors);

    public IEnumerable<string> Names => IsObject ? _element.EnumerateObject().Select(property => property.Name) : [];

    public void AcceptOnly(params ReadOnlySpan<string> names)
    {
        foreach (var property in _element.EnumerateObject())
            if (errors.Count < StrictJson.MaxErrors && !IsOneOf(property, names))
                errors.Add(new EnvelopeError($"{path}.{EnvelopeError.Shown(property.Name).Trim('\'')}", $"is not a field of {noun}; accepted: " + string.Join(", ", names)));
    }

    public bool Has(string name) => TryFind(name, out _);

    public JsonFields Object(string name) => new(_element.GetProperty(name), $"{path}.{name}", noun, errors);

    public string? Text(string name)
    {
        if (!TryFind(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.String) return Readable(value);
        Note(name, $"is {KindOf(value)}; it is a string");
        return null;
    }

    public SigningSecret? Secret(string name)
    {
        if (Text(name) is not { } text) return null;
        if (text.Length > 0) return new SigningSecret(text);
        Note(name, "is empty; leave it out to send unsigned");
        return null;
    }

    public ReadOnlyMemory<byte>? Raw(string name) =>
        TryFind(name, out var value) ? JsonMarshal.GetRawUtf8Value(value).ToArray() : (ReadOnlyMemory<byte>?)null;

    /// <summary>The texts of an array; null when absent or when one is no text, which is noted.</summary>
    public IReadOnlyList<string>? Texts(string name)
    {
        if (!TryFind(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(item => Readable(item) ?? "")];
        Note(name, value.ValueKind == JsonValueKind.Array ? "holds something that is not a string" : $"is {KindOf(value)}; it is an array of strings");
        return null;
    }

    /// <summary>A whole number; null when absent or none, which is noted.</summary>
    public int? Whole(string name)
    {
        if (!TryFind(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number)) return number;
        Note(name, $"is {(value.ValueKind == JsonValueKind.Number ? "not a whole number of 32 bits" : KindOf(value))}; it is a whole number");
        return null;
    }

    /// <summary>The whole numbers of an array; null when absent or when one is none, which is noted.</summary>
    public IReadOnlyList<long>? Longs(string name)
    {
        if (!TryFind(name, out var value)) return null;
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out _)))
            return [.. value.EnumerateArray().Select(item => item.GetInt64())];
        Note(name, value.ValueKind == JsonValueKind.Array ? "holds something that is not a whole number" : $"is {KindOf(value)}; it is an array of whole numbers");
        return null;
    }

    /// <summary>True or false; false when absent.</summary>
    public bool Flag(string name)
    {
        if (!TryFind(name, out var value)) return false;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False) return value.GetBoolean();
        Note(name, $"is {KindOf(value)}; it is true or false");
        return false;
    }

    /// <summary>Names and texts, as headers are: names do not differ by case.</summary>
    public Dictionary<string, string> ToHeaders()
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in Names)
        {
            if (Text(name) is { } value && !headers.TryAdd(name, value)) Note(name, "occurs twice; header names do not differ by case");
        }

        return headers;
    }

    public ReadOnlyMemory<byte>? Base64(string name)
    {
        if (Text(name) is not { } text) return null;
        var bytes = new byte[text.Length];
        if (Convert.TryFromBase64String(text, bytes, out var written)) return bytes.AsMemory(0, written);
        Note(name, "is not base64 (RFC 4648, section 4)");
        return null;
    }

    public void Note(string name, string detail) => errors.Add(new EnvelopeError($"{path}.{name}", detail));

    private bool TryFind(string name, out JsonElement value) => _element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    private static bool IsOneOf(JsonProperty property, ReadOnlySpan<string> names)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(property);
        foreach (var name in names)
            if (Ascii.Equals(raw, name)) return true;
        return raw.Contains((byte)'\\') && names.Contains(property.Name);
    }

    /// <summary>The text, or null when it holds half a surrogate pair, which was noted before.</summary>
    private static string? Readable(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool CheckObject(JsonElement element, string path, ICollection<EnvelopeError> errors)
    {
        if (element.ValueKind == JsonValueKind.Object) return true;
        errors.Add(new EnvelopeError(path, $"is {KindOf(element)}; it is an object"));
        return false;
    }

    private static string KindOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
