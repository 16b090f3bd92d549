using Posthorn.Signing;

namespace Posthorn.Envelopes;

/// <summary>
/// The way in: a producer's JSON becomes a message for the queue, its body composed, its secrets sealed; or every error found.
/// </summary>
public sealed class EnvelopeIntake(EnvelopeBuilder builder, ISecretSealer sealer, SecretStores stores, TimeProvider clock)
{
    /// <summary>Reads one envelope.</summary>
    /// <param name="utf8">Its JSON.</param>
    /// <param name="tenant">The tenant that the producer is confined to; null is none.</param>
    public IntakeResult Read(ReadOnlyMemory<byte> utf8, string? tenant = null)
    {
        var errors = new List<EnvelopeError>();
        var fields = EnvelopeV1Reader.Read(utf8, errors);
        if (fields is null) return IntakeResult.Refused(errors);
        if (!TenantScope.Allows(tenant, fields.Tenant, errors)) return IntakeResult.Refused(errors, IntakeRefusal.Forbidden);
        fields = fields with { Tenant = fields.Tenant ?? tenant };

        var now = clock.GetUtcNow();
        var envelope = builder.Build(fields, fields.Id ?? Guid.CreateVersion7(now).ToString(), now, isComposed: false, errors);
        if (envelope is not null) errors.AddRange(stores.Problems(envelope.Destination)); // On the queue it is a secret that is waited for.
        if (envelope is null || errors.Count > 0) return IntakeResult.Refused(errors);

        var fingerprint = FingerprintOf(fields, envelope.Destination.Url);
        var sealedEnvelope = envelope with { Destination = SealedParts.Seal(envelope.Destination, sealer) };
        return new IntakeResult { Id = envelope.Id, Message = EnvelopeProperties.Write(sealedEnvelope, fingerprint) };
    }

    /// <summary>Secrets are no part of it: a repetition after a rotation is still one.</summary>
    private static byte[] FingerprintOf(EnvelopeV1 fields, Uri url)
    {
        string?[] texts =
        [
            fields.Type, fields.Profile, fields.Tenant, fields.Subject, fields.Time, fields.DeliverAfter, fields.ExpiresAt,
            fields.OrderingKey, fields.ContentType, url.AbsoluteUri,
        ];
        if (fields.Destination.Headers is { Count: > 0 } headers)
            texts = [.. texts, .. headers.OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase).SelectMany(header => new[] { header.Key, header.Value })];
        return Fingerprint.Of(texts, fields.Data.GetValueOrDefault().Span);
    }
}
