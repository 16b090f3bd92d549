using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Diagnostics;
using Posthorn.Profiles;
using Posthorn.Queues;

namespace Posthorn.Envelopes;

/// <summary>Reads the envelope of a leased message, in either form; nothing a producer can write makes it throw.</summary>
public sealed class EnvelopeReader(EnvelopeBuilder builder)
{
    /// <summary>The envelope; or, with false, everything wrong with the message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="enqueuedAt">When it came onto the queue.</param>
    /// <param name="envelope">The envelope.</param>
    /// <param name="errors">Everything wrong.</param>
    public bool TryRead(QueueMessage message, DateTimeOffset enqueuedAt, [NotNullWhen(true)] out Envelope? envelope, out IReadOnlyList<EnvelopeError> errors)
    {
        ArgumentNullException.ThrowIfNull(message);
        var notes = new List<EnvelopeError>();
        errors = notes;
        envelope = Read(message, enqueuedAt, notes);
        if (notes.Count > 0) envelope = null;
        if (envelope is not null && TraceContext.Of(message) is { } trace) envelope = envelope with { Trace = trace };
        return envelope is not null;
    }

    private Envelope? Read(QueueMessage message, DateTimeOffset enqueuedAt, List<EnvelopeError> errors)
    {
        var isComposed = EnvelopeProperties.Describes(message);
        if (isComposed && message.Body.Length > EnvelopeV1.MaxBytes + BodyLayout.MaxWrapping)
        {
            errors.Add(new EnvelopeError("$", $"has a body of {message.Body.Length} bytes; at most {EnvelopeV1.MaxBytes + BodyLayout.MaxWrapping} are accepted", DeadLetterReason.PayloadTooLarge));
            return null;
        }

        var fields = isComposed ? EnvelopeProperties.Read(message, errors) : EnvelopeV1Reader.Read(message.Body, errors);
        if (fields is null) return null;
        return builder.Build(EnvelopeProperties.WithReplay(fields, message), FallbackId(message.MessageId), enqueuedAt, isComposed, errors);
    }

    /// <summary>An id that is the same in every attempt: the message's own, or one derived from it.</summary>
    private static string FallbackId(string messageId) =>
        Envelope.IsId(messageId) ? messageId : $"msg_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(messageId)).AsSpan(0, 16))}";
}
