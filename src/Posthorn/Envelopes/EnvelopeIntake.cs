using System.Security.Cryptography;
using System.Text;
using Posthorn.Signing;

namespace Posthorn.Envelopes;

/// <summary>
/// The way in: a producer's JSON becomes a message for the queue, its body composed, its secrets sealed; or every error found.
/// </summary>
public sealed class EnvelopeIntake(EnvelopeBuilder builder, ISecretSealer sealer, SecretStores stores, TimeProvider clock)
{
    private static readonly byte[] UnitSeparator = [0x1F];

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
        var envelope = builder.Build(fields, Guid.CreateVersion7(now).ToString(), now, isComposed: false, errors);
        if (envelope is not null) errors.AddRange(stores.Problems(envelope.Destination)); // On the queue it is a secret that is waited for.
        if (envelope is null || errors.Count > 0) return IntakeResult.Refused(errors);

        var fingerprint = Fingerprint(fields, envelope.Destination.Url);
        var sealedEnvelope = envelope with { Destination = SealedParts.Seal(envelope.Destination, sealer) };
        return new IntakeResult { Id = envelope.Id, Message = EnvelopeProperties.Write(sealedEnvelope, fingerprint) };
    }

    /// <summary>
    /// A digest of what the producer said, so that the same id with another body can be told from a repetition. Secrets are not
    /// part of it: a repetition after a rotation is still one.
    /// </summary>
    private static byte[] Fingerprint(EnvelopeV1 fields, Uri url)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string?[] texts =
        [
            fields.Type, fields.Profile, fields.Tenant, fields.Subject, fields.Time, fields.DeliverAfter, fields.ExpiresAt,
            fields.OrderingKey, fields.ContentType, url.AbsoluteUri,
            .. (fields.Destination.Headers ?? Destination.NoHeaders)
                .OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase)
                .SelectMany(header => new[] { header.Key, header.Value }),
        ];
        foreach (var text in texts)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text ?? "\0"));
            hash.AppendData(UnitSeparator);
        }

        hash.AppendData(fields.Data.GetValueOrDefault().Span);
        return hash.GetHashAndReset();
    }
}
