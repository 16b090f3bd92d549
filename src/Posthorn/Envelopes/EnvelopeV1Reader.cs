using System.Runtime.InteropServices;
using System.Text.Json;
using Posthorn.Queues;
using Posthorn.Signing;

namespace Posthorn.Envelopes;

/// <summary>
/// Reads version 1 of the envelope's JSON strictly: unknown, mistyped and duplicate fields are noted, each with its path, and
/// everything wrong is noted in one pass.
/// </summary>
internal static class EnvelopeV1Reader
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = StrictJson.MaxDepth };

    /// <summary>Reads the fields; null when the text is no JSON object.</summary>
    public static EnvelopeV1? Read(ReadOnlyMemory<byte> utf8, ICollection<EnvelopeError> errors)
    {
        if (utf8.Span.StartsWith(ByteOrderMark)) utf8 = utf8[ByteOrderMark.Length..];
        if (utf8.Length > EnvelopeV1.MaxBytes)
        {
            errors.Add(new EnvelopeError("$", $"is {utf8.Length} bytes; an envelope has at most {EnvelopeV1.MaxBytes}", DeadLetterReason.PayloadTooLarge));
            return null;
        }

        if (!StrictJson.Check(utf8.Span, errors)) return null;
        using var document = JsonDocument.Parse(utf8, Strict);
        var fields = new Fields(document.RootElement, "$", errors);
        return fields.IsObject ? ReadEnvelope(fields) : null;
    }

    private static EnvelopeV1 ReadEnvelope(Fields fields)
    {
        fields.AcceptOnly(
            "id", "type", "profile", "tenant", "subject", "time", "deliver_after", "expires_at", "ordering_key", "destination",
            "content_type", "data", "data_base64");
        var binary = fields.Base64("data_base64");
        var data = fields.Raw("data");
        if (binary is not null && data is not null) fields.Note("data_base64", "stands beside data; give one of them");
        return new EnvelopeV1
        {
            Id = fields.Text("id"),
            Type = fields.Text("type"),
            Profile = fields.Text("profile"),
            Tenant = fields.Text("tenant"),
            Subject = fields.Text("subject"),
            Time = fields.Text("time"),
            DeliverAfter = fields.Text("deliver_after"),
            ExpiresAt = fields.Text("expires_at"),
            OrderingKey = fields.Text("ordering_key"),
            ContentType = fields.Text("content_type"),
            Destination = fields.Has("destination") ? ReadDestination(fields.Object("destination")) : new DestinationV1(),
            Data = data ?? binary,
            IsBinary = data is null && fields.Has("data_base64"),
        };
    }

    private static DestinationV1 ReadDestination(Fields fields)
    {
        if (!fields.IsObject) return new DestinationV1();
        fields.AcceptOnly("url", "secret", "secret_ref", "bearer_token", "bearer_token_ref", "headers");
        return new DestinationV1
        {
            Url = fields.Text("url"),
            Secret = fields.Secret("secret"),
            SecretRef = fields.Text("secret_ref"),
            BearerToken = fields.Secret("bearer_token"),
            BearerTokenRef = fields.Text("bearer_token_ref"),
            Headers = fields.Has("headers") ? ReadHeaders(fields.Object("headers")) : null,
        };
    }

    private static Dictionary<string, string> ReadHeaders(Fields fields)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in fields.Names)
        {
            if (fields.Text(name) is { } value && !headers.TryAdd(name, value)) fields.Note(name, "occurs twice; header names do not differ by case");
        }

        return headers;
    }

    /// <summary>One JSON object and the path to it. A field that is null counts as absent.</summary>
    private readonly struct Fields(JsonElement element, string path, ICollection<EnvelopeError> errors)
    {
        private readonly JsonElement _element = element;

        public bool IsObject { get; } = CheckObject(element, path, errors);

        public IEnumerable<string> Names => IsObject ? _element.EnumerateObject().Select(property => property.Name) : [];

        public void AcceptOnly(params ReadOnlySpan<string> names)
        {
            foreach (var property in _element.EnumerateObject())
                if (errors.Count < StrictJson.MaxErrors && !names.Contains(property.Name))
                    errors.Add(new EnvelopeError($"{path}.{EnvelopeError.Shown(property.Name).Trim('\'')}", "is not a field of an envelope; accepted: " + string.Join(", ", names)));
        }

        public bool Has(string name) => _element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

        public Fields Object(string name) => new(_element.GetProperty(name), $"{path}.{name}", errors);

        public string? Text(string name)
        {
            if (!Has(name)) return null;
            var value = _element.GetProperty(name);
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
            Has(name) ? JsonMarshal.GetRawUtf8Value(_element.GetProperty(name)).ToArray() : (ReadOnlyMemory<byte>?)null;

        public ReadOnlyMemory<byte>? Base64(string name)
        {
            if (Text(name) is not { } text) return null;
            var bytes = new byte[text.Length];
            if (Convert.TryFromBase64String(text, bytes, out var written)) return bytes.AsMemory(0, written);
            Note(name, "is not base64 (RFC 4648, section 4)");
            return null;
        }

        public void Note(string name, string detail) => errors.Add(new EnvelopeError($"{path}.{name}", detail));

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
}
