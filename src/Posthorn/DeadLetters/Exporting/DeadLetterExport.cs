using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Signing;

namespace Posthorn.DeadLetters.Exporting;

/// <summary>Writes dead letters as lines of JSON, and reads them back as they were. What was sealed stays sealed, and what may hold a secret in clear is sealed.</summary>
public sealed class DeadLetterExport(ISecretSealer sealer, ProfileCatalog profiles)
{
    private const int MaxDescription = 4 * DeadLetterReason.MaxDescriptionLength;

    /// <summary>One dead letter as one line, without the line's end.</summary>
    public byte[] Write(DeadLetter letter)
    {
        ArgumentNullException.ThrowIfNull(letter);
        var (facts, last) = (DeadLetterFacts.Of(letter.Message), LastAttempt.Of(letter.Progress));
        var envelope = EnvelopeOf(letter.Message);
        return JsonSerializer.SerializeToUtf8Bytes(
            new ExportedLetter
            {
                Sequence = letter.Sequence,
                Id = facts.Id,
                Reason = letter.Reason.Name,
                Description = letter.Description,
                Status = last.Status,
                Error = last.Error,
                EnqueuedAt = letter.EnqueuedAt,
                DeadLetteredAt = letter.DeadLetteredAt,
                DeliveryCount = letter.DeliveryCount,
                AttemptsMade = letter.Progress.AttemptsMade,
                Postponements = letter.Progress.Postponements,
                Replays = letter.Progress.Replays,
                Attempts = letter.Progress.Attempts,
                Envelope = envelope,
                Message = MessageOf(letter.Message, envelope),
            },
            ExportJson.Default.ExportedLetter);
    }

    /// <summary>The dead letter of a line; its sequence number is that of where it came from.</summary>
    /// <exception cref="ExportFormatException">The line is not one of an export, or its seals cannot be opened here.</exception>
    public DeadLetter Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            return Letter(JsonSerializer.Deserialize(line.Span, ExportJson.Default.ExportedLetter) ?? throw new ExportFormatException("$: is null; it is an object"), line);
        }
        catch (Exception broken) when (broken is JsonException or NotSupportedException)
        {
            var (path, problem) = ((broken as JsonException)?.Path ?? "$", broken.Message.Split(" Path:")[0].ReplaceLineEndings(" "));
            throw new ExportFormatException($"{path}: is not as an export writes it ({(problem.Length > 200 ? problem[..200] : problem)})");
        }
        catch (SecretUnavailableException closed)
        {
            throw new ExportFormatException($"$.message: {closed.Message}; import where the key ring of the export is");
        }
    }

    /// <summary>What a person reads: the envelope without its secrets, with the data before it was wrapped.</summary>
    private EnvelopeV1? EnvelopeOf(QueueMessage message)
    {
        if (DeadLetterFacts.Fields(message) is not { } fields) return null;
        var url = Uri.TryCreate(fields.Destination.Url, UriKind.Absolute, out var there) ? Destination.DisplayOf(there) : null;
        return fields with
        {
            Profile = fields.Profile ?? BuiltInProfiles.DefaultName,
            Data = Shown(DataOf(message, fields)),
            Destination = new DestinationV1 { Url = url, SecretRef = Reference(fields.Destination.SecretRef), BearerTokenRef = Reference(fields.Destination.BearerTokenRef) },
        };
    }

    private ReadOnlyMemory<byte>? DataOf(QueueMessage message, EnvelopeV1 fields)
    {
        if (!EnvelopeProperties.Describes(message) || EventProperties.Describes(message)) return fields.Data;
        return profiles.TryGet(fields.Profile ?? BuiltInProfiles.DefaultName, out var profile) && profile.Body.DataOf(message.Body) is { Length: > 0 } data ? data : message.Body;
    }

    /// <summary>JSON that is deeper than a line may be is shown as other bytes are.</summary>
    private static ReadOnlyMemory<byte>? Shown(ReadOnlyMemory<byte>? data) =>
        data is { } bytes && IsTooDeep(bytes.Span) ? Encoding.UTF8.GetBytes($"\"{Convert.ToBase64String(bytes.Span)}\"") : data;

    private static bool IsTooDeep(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
            while (reader.Read())
            {
            }

            return false;
        }
        catch (JsonException)
        {
            return JsonItems.IsValue(bytes);
        }
    }

    private ExportedMessage MessageOf(QueueMessage message, EnvelopeV1? envelope)
    {
        var isPlain = !EnvelopeProperties.Describes(message) && !EventProperties.Describes(message);
        var telling = message.Properties.Where(MayHoldSecret).ToList();
        var isInEnvelope = !isPlain && envelope?.Data is { } data && StandsAsItIs(data.Span) && data.Span.SequenceEqual(message.Body.Span);
        return new ExportedMessage
        {
            MessageId = message.MessageId,
            ContentType = message.ContentType,
            OrderingKey = message.OrderingKey,
            Properties = message.Properties.Except(telling).ToDictionary(),
            SealedProperties = telling.Count == 0 ? null : telling.ToDictionary(property => property.Key, property => sealer.Seal(property.Value)),
            BodyBase64 = isPlain || isInEnvelope ? null : Convert.ToBase64String(message.Body.Span),
            SealedBody = isPlain ? sealer.Seal(Convert.ToBase64String(message.Body.Span)) : null,
        };
    }

    /// <summary>Whether bytes stand in a line of JSON as they are: the converter writes other bytes as base64, and line ends as blanks.</summary>
    private static bool StandsAsItIs(ReadOnlySpan<byte> bytes) => !bytes.ContainsAny("\r\n"u8) && IsShallowJson(bytes);

    private static bool IsShallowJson(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
            return reader.Read() && reader is { TokenStartIndex: 0, TokenType: not JsonTokenType.Null } && reader.TrySkip() && reader.BytesConsumed == bytes.Length && System.Text.Unicode.Utf8.IsValid(bytes);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Whether a property that another producer wrote may hold a secret in clear.</summary>
    private static bool MayHoldSecret(KeyValuePair<string, string> property) => property.Key switch
    {
        EnvelopeProperties.Headers => true,
        EnvelopeProperties.SecretRef or EnvelopeProperties.BearerTokenRef => Reference(property.Value) is null,
        EnvelopeProperties.Url => !Uri.TryCreate(property.Value, UriKind.Absolute, out var url) || url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0,
        _ => false,
    };

    private static string? Reference(string? text) => text is not null && SecretReference.TryParse(text, out _) ? text : null;

    private DeadLetter Letter(ExportedLetter line, ReadOnlyMemory<byte> json)
    {
        Check(line.Message.MessageId.Length is > 0 and <= MessageIds.MaxLength, "$.message.message_id", $"1 to {MessageIds.MaxLength} characters");
        Check(line.Reason.Length is > 0 and <= MaxDescription, "$.reason", "a dead-letter reason");
        Check(line.Description.Length <= MaxDescription, "$.description", $"at most {MaxDescription} characters");
        Check(!line.Attempts.Contains(null!), "$.attempts", "a list of attempts"); // A list of JSON may hold null all the same.
        var properties = new Dictionary<string, string>(line.Message.Properties, StringComparer.Ordinal);
        var sealedProperties = line.Message.SealedProperties ?? new Dictionary<string, string>(0);
        Check(!properties.ContainsValue(null!) && !sealedProperties.Values.Contains(null!), "$.message.properties", "texts"); // As above.
        foreach (var (name, sealedText) in sealedProperties) properties[name] = sealer.Unseal(sealedText);
        return new DeadLetter
        {
            Sequence = line.Sequence,
            Message = new QueueMessage
            {
                MessageId = line.Message.MessageId,
                Body = BodyOf(line, json),
                ContentType = line.Message.ContentType,
                Properties = properties,
                OrderingKey = line.Message.OrderingKey,
            },
            Reason = new DeadLetterReason(line.Reason),
            Description = line.Description,
            EnqueuedAt = line.EnqueuedAt,
            DeadLetteredAt = line.DeadLetteredAt,
            DeliveryCount = Math.Max(0, line.DeliveryCount),
            Progress = new DeliveryProgress
            {
                AttemptsMade = Math.Max(0, line.AttemptsMade),
                Postponements = Math.Max(0, line.Postponements),
                Replays = Math.Max(0, line.Replays),
                Attempts = line.Attempts,
            },
        };
    }

    private byte[] BodyOf(ExportedLetter line, ReadOnlyMemory<byte> json)
    {
        if (line.Message.SealedBody is { } sealedBody) return FromBase64("$.message.sealed_body", sealer.Unseal(sealedBody));
        if (line.Message.BodyBase64 is { } base64) return FromBase64("$.message.body_base64", base64);

        // The data as it stands in the line, to the byte.
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = ExportJson.Default.Options.MaxDepth });
        if (document.RootElement.TryGetProperty("envelope"u8, out var envelope) && envelope.ValueKind == JsonValueKind.Object && envelope.TryGetProperty("data"u8, out var data)) return JsonMarshal.GetRawUtf8Value(data).ToArray();
        throw new ExportFormatException("$.message: has no body; accepted: body_base64 or sealed_body, unless the envelope has the data");
    }

    private static byte[] FromBase64(string path, string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw new ExportFormatException($"{path}: is not base64 (RFC 4648, section 4)");
        }
    }

    private static void Check(bool holds, string path, string accepted)
    {
        if (!holds) throw new ExportFormatException($"{path}: is not accepted; accepted: {accepted}");
    }
}

/// <summary>A line cannot be imported; the message names the field.</summary>
public sealed class ExportFormatException(string message) : Exception(message);
