using Posthorn.Queues;

namespace Posthorn.Envelopes;

/// <summary>Notes what is wrong with the fields of an envelope or an event.</summary>
internal readonly struct FieldNotes(ICollection<EnvelopeError> errors)
{
    /// <summary>The most characters of a tenant or a subject.</summary>
    public const int MaxLabelLength = 256;

    private const int MaxTypeLength = 128;

    public void Add(string path, string detail) => errors.Add(new EnvelopeError(path, detail));

    public void Add(string path, string detail, DeadLetterReason reason) => errors.Add(new EnvelopeError(path, detail, reason));

    public void Add(string path, string held, string accepted) => Add(path, held, accepted, DeadLetterReason.MalformedEnvelope);

    public void Add(string path, string held, string accepted, DeadLetterReason reason) =>
        errors.Add(new EnvelopeError(path, $"{EnvelopeError.Shown(held)} is not accepted; accepted: {accepted}", reason));

    public DateTimeOffset? Time(string path, string? text)
    {
        if (text is null) return null;
        if (Rfc3339.TryParse(text, out var time)) return time;
        Add(path, text, "a time such as 2026-01-31T12:00:00Z (RFC 3339)");
        return null;
    }

    /// <summary>An id of an envelope or an event, when there is one.</summary>
    public void CheckId(string path, string? id)
    {
        if (id is not null && !Envelope.IsId(id)) Add(path, id, $"1 to {Envelope.MaxIdLength} characters of A-Z a-z 0-9 _ - :");
    }

    /// <summary>An event type, which is required.</summary>
    public void CheckType(string path, string? type)
    {
        const string Accepted = "1 to 128 visible ASCII characters";
        if (type is null) Add(path, $"is required: {Accepted}");
        else if (type.Length is 0 or > MaxTypeLength || type.AsSpan().ContainsAnyExceptInRange('!', '~')) Add(path, type, Accepted);
    }

    /// <summary>A text that people read and headers may carry, when there is one.</summary>
    public void CheckLabel(string path, string? text, int max = MaxLabelLength)
    {
        if (text is not null && (text.Length == 0 || text.Length > max || text.Any(char.IsControl)))
            Add(path, text, $"1 to {max} characters, none of them a control character");
    }
}
