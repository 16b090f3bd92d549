using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Posthorn.Diagnostics;
using Posthorn.Envelopes;

namespace Posthorn.Sqlite;

/// <summary>A message's properties as they lie in the file: a JSON object of strings.</summary>
internal static class PropertiesJson
{
    /// <summary>The names that most messages have, each made once and not anew for every message.</summary>
    private static readonly (byte[] Utf8, string Text)[] Known = [.. new[]
    {
        EnvelopeProperties.Version, EnvelopeProperties.Id, EnvelopeProperties.Type, EnvelopeProperties.Profile, EnvelopeProperties.Tenant, EnvelopeProperties.Subject,
        EnvelopeProperties.Time, EnvelopeProperties.ExpiresAt, EnvelopeProperties.Url, EnvelopeProperties.SecretRef, EnvelopeProperties.Sealed, EnvelopeProperties.Endpoint,
        TraceContext.Parent,
    }.Select(name => (Encoding.UTF8.GetBytes(name), name))];

    /// <summary>Writes them.</summary>
    public static byte[] Write(IReadOnlyDictionary<string, string> properties) => JsonSerializer.SerializeToUtf8Bytes(properties, PropertiesContext.Default.IReadOnlyDictionaryStringString);

    /// <summary>Reads properties; what cannot be read is none of them, and the message is then judged like any that is no envelope.</summary>
    public static Dictionary<string, string> Read(ReadOnlySpan<byte> utf8)
    {
        var properties = new Dictionary<string, string>(Known.Length, StringComparer.Ordinal);
        try
        {
            var json = new Utf8JsonReader(utf8);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return [];
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var name = Name(json);
                json.Read();
                if (json.GetString() is { } value) properties[name] = value;
                else properties.Remove(name);
            }

            return json.Read() ? [] : properties; // Throws when more follows.
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            return []; // The latter of a value that is no text, or a text that is no Unicode.
        }
    }

    private static string Name(in Utf8JsonReader json)
    {
        if (json.ValueIsEscaped) return json.GetString() ?? "";
        foreach (var (utf8, text) in Known)
            if (json.ValueSpan.SequenceEqual(utf8)) return text;
        return json.GetString() ?? "";
    }
}

[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class PropertiesContext : JsonSerializerContext;
