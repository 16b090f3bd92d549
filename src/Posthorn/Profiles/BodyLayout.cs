using System.Text;
using System.Text.Json;

namespace Posthorn.Profiles;

/// <summary>How the body to POST is made: the data alone, or wrapped in an object with the named keys. A null key is left out.</summary>
public sealed record BodyLayout
{
    /// <summary>The most bytes that wrapping adds, as ids, types and times are bounded.</summary>
    public const int MaxWrapping = 4096;

    /// <summary>The data, byte for byte.</summary>
    public static BodyLayout Data { get; } = new();

    /// <summary>The key of the envelope's id.</summary>
    public string? IdKey { get; init; }

    /// <summary>The key of the event type.</summary>
    public string? TypeKey { get; init; }

    /// <summary>The key of the event's time.</summary>
    public string? TimeKey { get; init; }

    /// <summary>The key of the data; null is the whole body.</summary>
    public string? DataKey { get; init; }

    /// <summary>Whether the data is wrapped.</summary>
    public bool Wraps => DataKey is not null;

    /// <summary>The keys in the order they are written: id, type, time, data.</summary>
    public IEnumerable<(string Part, string Key)> Keys =>
        new[] { ("id", IdKey), ("type", TypeKey), ("time", TimeKey), ("data", DataKey) }
            .Where(pair => pair.Item2 is not null)
            .Select(pair => (pair.Item1, pair.Item2!)); // The line above leaves no null.

    /// <summary>The exact bytes to POST. The data's own bytes are never rewritten.</summary>
    public ReadOnlyMemory<byte> Compose(string id, string type, string time, ReadOnlyMemory<byte> data)
    {
        if (!Wraps) return data;

        var head = new StringBuilder("{");
        Add(IdKey, id);
        Add(TypeKey, type);
        Add(TimeKey, time);
        head.Append(Quoted(DataKey)).Append(':');

        var body = new byte[Encoding.UTF8.GetByteCount(head.ToString()) + data.Length + 1];
        var written = Encoding.UTF8.GetBytes(head.ToString(), body);
        data.Span.CopyTo(body.AsSpan(written));
        body[^1] = (byte)'}';
        return body;

        void Add(string? key, string value)
        {
            if (key is not null) head.Append(Quoted(key)).Append(':').Append(Quoted(value)).Append(',');
        }
    }

    /// <summary>The data of a body that <see cref="Compose"/> made; empty when it is not JSON of this layout.</summary>
    public ReadOnlyMemory<byte> DataOf(ReadOnlyMemory<byte> body)
    {
        if (DataKey is null) return body;
        try
        {
            var reader = new Utf8JsonReader(body.Span);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return default;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isData = reader.ValueTextEquals(DataKey);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (isData) return body[start..(int)reader.BytesConsumed];
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // Another producer's bytes; a name may hold half a surrogate pair.
        }

        return default;
    }

    private static string Quoted(string? text) => $"\"{JsonEncodedText.Encode(text ?? "", System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
