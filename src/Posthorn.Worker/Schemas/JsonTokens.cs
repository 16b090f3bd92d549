using System.Globalization;
using System.Numerics;
using System.Text;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using Posthorn.Envelopes;

namespace Posthorn.Worker.Schemas;

/// <summary>JSON values as the schema library holds them.</summary>
internal static class JsonTokens
{
    private static readonly JsonLoadSettings Plain = new() { LineInfoHandling = LineInfoHandling.Ignore };

    /// <summary>Reads a value. A text that looks like a time stays a text.</summary>
    /// <returns>The value; null when there is none.</returns>
    public static JToken? TryRead(ReadOnlySpan<byte> utf8)
    {
        using var text = new StringReader(Encoding.UTF8.GetString(utf8));
        using var reader = new JsonTextReader(text);
        reader.DateParseHandling = DateParseHandling.None;
        reader.MaxDepth = StrictJson.MaxDepth;
        try
        {
            return JToken.ReadFrom(reader, Plain);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A text that is equal for equal values only: 1 is 1.0 and not "1", and the order of properties does not matter.</summary>
    public static string KeyOf(JToken token)
    {
        var key = new StringBuilder();
        Write(key, token);
        return key.ToString();
    }

    /// <summary>The type of a value; a number without a fraction is an integer and a number.</summary>
    public static JsonObjectType TypeOf(JToken token) => token.Type switch
    {
        JTokenType.Object => JsonObjectType.Object,
        JTokenType.Array => JsonObjectType.Array,
        JTokenType.Integer => JsonObjectType.Integer | JsonObjectType.Number,
        JTokenType.Float => double.IsInteger((double)token) ? JsonObjectType.Integer | JsonObjectType.Number : JsonObjectType.Number,
        JTokenType.Boolean => JsonObjectType.Boolean,
        JTokenType.Null => JsonObjectType.Null,
        _ => JsonObjectType.String,
    };

    /// <summary>A value as an error shows it: short, on one line.</summary>
    public static string Shown(JToken token) => token.Type switch
    {
        JTokenType.Object => "an object",
        JTokenType.Array => "an array",
        JTokenType.Boolean => (bool)token ? "true" : "false",
        JTokenType.Null => "null",
        JTokenType.Integer or JTokenType.Float => EnvelopeError.Shown(NumberOf(token)).Trim('\''),
        _ => EnvelopeError.Shown((string?)token ?? ""),
    };

    /// <summary>A value the library can compare; it breaks at an integer of more than 64 bits.</summary>
    public static JToken Comparable(JToken token)
    {
        if (token is not JValue { Value: BigInteger big }) return token;
        return BigInteger.Abs(big) <= new BigInteger(decimal.MaxValue) ? new JValue((decimal)big) : new JValue((double)big);
    }

    private static void Write(StringBuilder key, JToken token)
    {
        switch (token)
        {
            case JObject json:
                key.Append('{');
                foreach (var property in json.Properties().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    key.Append(JsonConvert.ToString(property.Name)).Append(':');
                    Write(key, property.Value);
                    key.Append(',');
                }

                key.Append('}');
                break;
            case JArray array:
                key.Append('[');
                foreach (var item in array)
                {
                    Write(key, item);
                    key.Append(',');
                }

                key.Append(']');
                break;
            default:
                key.Append(token.Type is JTokenType.Integer or JTokenType.Float ? NumberOf(token) : token.ToString(Formatting.None));
                break;
        }
    }

    private static string NumberOf(JToken token)
    {
        if (token.Type == JTokenType.Integer) return token.ToString(Formatting.None);
        var number = (double)token;
        return double.IsInteger(number) ? new BigInteger(number).ToString(CultureInfo.InvariantCulture) : number.ToString("R", CultureInfo.InvariantCulture);
    }
}
