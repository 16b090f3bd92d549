using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Signing;

namespace Posthorn.DeadLetters;

/// <summary>
/// A dead letter as an envelope that an operator may edit before it is put back, judged like a producer's. Secrets are shown as
/// <c>***</c>, and stay as they are where that is left; the id cannot be changed.
/// </summary>
public sealed class EnvelopeEdit
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly DeadLetter _letter;
    private readonly EnvelopeBuilder _builder;
    private readonly ISecretSealer _sealer;
    private readonly EnvelopeV1 _fields;
    private readonly Destination _destination;
    private readonly ReadOnlyMemory<byte> _data;
    private readonly bool _isJson;

    private EnvelopeEdit(DeadLetter letter, EnvelopeV1 fields, Destination destination, ProfileCatalog profiles, EnvelopeBuilder builder, ISecretSealer sealer)
    {
        (_letter, _fields, _destination, _builder, _sealer) = (letter, fields, destination, builder, sealer);
        var body = DeadLetterScan.PayloadOf(letter.Message);
        var isComposed = EnvelopeProperties.Describes(letter.Message);
        _data = isComposed && profiles.TryGet(fields.Profile ?? BuiltInProfiles.DefaultName, out var profile) && profile.Body.DataOf(body) is { Length: > 0 } data ? data : body;
        var faults = new List<EnvelopeError>();
        _isJson = fields.ContentType is null or "application/json"
            && StrictJson.Check(_data.Span, "data", faults) && StrictJson.Check([(byte)'[', .. _data.Span, (byte)']'], "data", faults) // It is one level deeper in the envelope.
            && faults.Count == 0;
    }

    /// <summary>Opens a dead letter for editing; null, with the cause, when it has no envelope or its seal cannot be opened.</summary>
    public static EnvelopeEdit? Open(DeadLetter letter, ProfileCatalog profiles, EnvelopeBuilder builder, ISecretSealer sealer, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(letter);
        ArgumentNullException.ThrowIfNull(profiles);
        problem = EventProperties.Describes(letter.Message) ? "it is an event that has not reached its endpoints; publish it anew" : null;
        if (problem is not null) return null;
        if (DeadLetterFacts.Fields(letter.Message) is not { } fields || !Uri.TryCreate(fields.Destination.Url, UriKind.Absolute, out var url))
        {
            problem = "its message is no envelope with a URL";
            return null;
        }

        try
        {
            var given = fields.Destination;
            var sealedOne = new Destination
            {
                Url = url,
                Secret = given.Secret,
                SecretRef = given.SecretRef,
                BearerToken = given.BearerToken,
                BearerTokenRef = given.BearerTokenRef,
                Headers = given.Headers ?? Destination.NoHeaders,
                Sealed = given.Sealed,
                Endpoint = given.Endpoint,
            };
            return new EnvelopeEdit(letter, fields, SealedParts.Unseal(sealedOne, sealer), profiles, builder, sealer);
        }
        catch (SecretUnavailableException closed)
        {
            problem = closed.Message;
            return null;
        }
    }

    /// <summary>The envelope as JSON, over several lines.</summary>
    public string Text()
    {
        var shown = _fields with
        {
            Id = DeadLetterFacts.Of(_letter.Message).Id,
            Profile = _fields.Profile ?? BuiltInProfiles.DefaultName,
            Data = null,
            ContentType = _isJson ? null : _fields.ContentType,
            Destination = new DestinationV1
            {
                Url = _destination.Display,
                Secret = _destination.Secret,
                SecretRef = _destination.SecretRef,
                BearerToken = _destination.BearerToken,
                BearerTokenRef = _destination.BearerTokenRef,
                Headers = _destination.Headers.Count == 0 ? null : _destination.Headers.ToDictionary(header => header.Key, _ => SigningSecret.Redacted),
            },
        };
        var node = JsonSerializer.SerializeToNode(shown, EnvelopeV1Context.Default.EnvelopeV1)?.AsObject() ?? [];
        if (_isJson) node["data"] = JsonNode.Parse(_data.Span);
        else node["data_base64"] = Convert.ToBase64String(_data.Span);
        return node.ToJsonString(Readable) + "\n";
    }

    /// <summary>The message that goes in place of the dead one; null, with everything wrong, when the edited text is no envelope that can be sent.</summary>
    public QueueMessage? Read(ReadOnlyMemory<byte> text, ICollection<EnvelopeError> errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (EnvelopeV1Reader.Read(text, errors) is not { } edited) return null;
        var id = DeadLetterFacts.Of(_letter.Message).Id;
        if (edited.Id != id) errors.Add(new EnvelopeError("$.id", $"{EnvelopeError.Shown(edited.Id ?? "")} is another id; a replay keeps its own, '{id}'"));
        var fields = edited with
        {
            Data = DataOf(edited),
            Stream = _fields.Stream,
            IsTest = _fields.IsTest,
            Destination = Merged(edited.Destination, errors),
        };
        if (_builder.Build(fields, id, _letter.EnqueuedAt, isComposed: false, errors) is not { } envelope || errors.Count > 0) return null;
        var destination = SealedParts.Seal(envelope.Destination, _sealer) with { Endpoint = _destination.Endpoint };
        return EnvelopeProperties.Write(envelope with { Destination = destination }, default) with { MessageId = _letter.Message.MessageId };
    }

    /// <summary>The data to the byte when it says the same, else as it was edited, without the blanks that made it readable.</summary>
    private ReadOnlyMemory<byte>? DataOf(EnvelopeV1 edited)
    {
        if (edited.Data is not { } data || edited.IsBinary || !_isJson) return edited.Data;
        var (before, after) = (JsonNode.Parse(_data.Span), JsonNode.Parse(data.Span));
        return JsonNode.DeepEquals(before, after) ? _data : JsonSerializer.SerializeToUtf8Bytes(after, Compact);
    }

    private DestinationV1 Merged(DestinationV1 edited, ICollection<EnvelopeError> errors)
    {
        var before = new Dictionary<string, string>(_destination.Headers, StringComparer.OrdinalIgnoreCase);
        return edited with
        {
            Url = edited.Url == _destination.Display ? _destination.Url.OriginalString : edited.Url,
            Secret = Kept("$.destination.secret", edited.Secret?.Reveal(), _destination.Secret?.Reveal()) is { } secret ? new SigningSecret(secret) : null,
            BearerToken = Kept("$.destination.bearer_token", edited.BearerToken?.Reveal(), _destination.BearerToken?.Reveal()) is { } token ? new SigningSecret(token) : null,
            Headers = edited.Headers?.ToDictionary(
                header => header.Key,
                header => Kept($"$.destination.headers.{EnvelopeError.Shown(header.Key).Trim('\'')}", header.Value, before.GetValueOrDefault(header.Key)) ?? ""),
            Endpoint = _destination.Endpoint,
        };

        string? Kept(string path, string? value, string? was)
        {
            if (value != SigningSecret.Redacted) return value;
            if (was is null) errors.Add(new EnvelopeError(path, $"is {SigningSecret.Redacted}, and there was none that could stay"));
            return was;
        }
    }
}
