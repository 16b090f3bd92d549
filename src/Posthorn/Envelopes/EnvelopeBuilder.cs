using System.Net.Http.Headers;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Sending;
using Posthorn.Signing;

namespace Posthorn.Envelopes;

/// <summary>Judges an envelope's fields and makes the <see cref="Envelope"/> of them; everything wrong is noted in one pass.</summary>
public sealed class EnvelopeBuilder(ProfileCatalog profiles, NetworkPolicy network)
{
    private const string JsonType = "application/json";

    /// <summary>Makes an envelope; null when anything is wrong.</summary>
    /// <param name="fields">The fields as read.</param>
    /// <param name="fallbackId">The id of an envelope that brings none.</param>
    /// <param name="acceptedAt">When it came, for what counts from then.</param>
    /// <param name="isComposed">Whether the data already is the body to POST, as on a queue.</param>
    /// <param name="errors">Where to note what is wrong.</param>
    public Envelope? Build(EnvelopeV1 fields, string fallbackId, DateTimeOffset acceptedAt, bool isComposed, ICollection<EnvelopeError> errors)
    {
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentNullException.ThrowIfNull(errors);
        if (Judge(fields, isComposed, errors) is not { } judged) return null;

        var id = fields.Id ?? fallbackId;
        var time = fields.Time ?? TemplateValues.Iso(acceptedAt);
        var data = fields.Data.GetValueOrDefault();
        return new Envelope
        {
            Id = id,
            Type = fields.Type ?? "",
            Profile = judged.Profile,
            Tenant = fields.Tenant,
            Subject = fields.Subject,
            Time = time,
            DeliverAfter = judged.DeliverAfter,
            ExpiresAt = judged.Deadline(acceptedAt),
            OrderingKey = fields.OrderingKey,
            Stream = fields.Stream,
            IsTest = fields.IsTest,
            Destination = judged.Destination,
            ContentType = fields.ContentType ?? JsonType,
            Body = isComposed ? data : judged.Profile.Body.Compose(id, fields.Type ?? "", time, data),
        };
    }

    /// <summary>Notes everything wrong with the fields; what they stand for when nothing is.</summary>
    private Judged? Judge(EnvelopeV1 fields, bool isComposed, ICollection<EnvelopeError> errors)
    {
        var notes = new FieldNotes(errors);
        var before = errors.Count;
        notes.CheckId("$.id", fields.Id);
        notes.CheckType("$.type", fields.Type);
        notes.CheckLabel("$.tenant", fields.Tenant);
        notes.CheckLabel("$.subject", fields.Subject);
        notes.CheckLabel("$.ordering_key", fields.OrderingKey, 128); // A session id of Azure Service Bus.
        var profile = FindProfile(fields, notes);
        CheckData(fields, profile, isComposed, notes);
        var time = notes.Time("$.time", fields.Time);
        var deliverAfter = notes.Time("$.deliver_after", fields.DeliverAfter);
        var expiresAt = notes.Time("$.expires_at", fields.ExpiresAt);
        if (expiresAt <= deliverAfter) notes.Add("$.expires_at", "is not after deliver_after, so it could never be sent");
        var destination = CheckDestination(fields, profile, notes);
        return errors.Count > before || profile is null || destination is null ? null : new Judged(profile, destination, time, deliverAfter, expiresAt);
    }

    private Profile? FindProfile(EnvelopeV1 fields, FieldNotes notes)
    {
        if (profiles.TryGet(fields.Profile ?? BuiltInProfiles.DefaultName, out var profile)) return profile;
        notes.Add("$.profile", fields.Profile ?? "", profiles.Names, DeadLetterReason.UnknownProfile);
        return null;
    }

    private static void CheckData(EnvelopeV1 fields, Profile? profile, bool isComposed, FieldNotes notes)
    {
        if (fields.ContentType is { } type && (type.Length > FieldNotes.MaxLabelLength || !HeaderNames.IsValue(type) || !MediaTypeHeaderValue.TryParse(type, out _)))
            notes.Add("$.content_type", type, "a media type such as application/json");
        if (isComposed) return;

        if (fields.Data is null && !fields.IsBinary) notes.Add("$.data", "is required: any JSON but null, or data_base64 with content_type");
        if (fields.IsBinary && fields.ContentType is null) notes.Add("$.content_type", "is required beside data_base64");
        if (fields.IsBinary && profile is { Body.Wraps: true }) notes.Add("$.data_base64", $"cannot be put into the JSON body of the profile '{profile.Name}'; give data");
    }

    private Destination? CheckDestination(EnvelopeV1 fields, Profile? profile, FieldNotes notes)
    {
        var given = fields.Destination;
        var refusal = network.Judge(given.Elsewhere?.Url ?? given.Url, out var url);
        if (refusal is not null) notes.Add("$.destination.url", refusal.Detail, given.Url is null ? DeadLetterReason.MalformedEnvelope : refusal.Reason);
        CheckSecrets(given, profile, notes);
        var headers = given.Headers ?? Destination.NoHeaders;
        var hasBearer = given.BearerToken is not null || given.BearerTokenRef is not null;
        foreach (var (name, problem) in HeaderRules.Problems(headers, profile, hasBearer))
            notes.Add(name.Length == 0 ? "$.destination.headers" : $"$.destination.headers.{EnvelopeError.Shown(name).Trim('\'')}", problem, DeadLetterReason.InvalidHeader);
        CheckRenderedHeaders(fields, profile, notes);
        if (url is null) return null;
        return new Destination
        {
            Url = url,
            Secret = given.Secret,
            SecretRef = given.SecretRef,
            BearerToken = given.BearerToken,
            BearerTokenRef = given.BearerTokenRef,
            Headers = headers,
            Sealed = given.Sealed,
            Endpoint = given.Endpoint,
            Elsewhere = given.Elsewhere,
        };
    }

    private static void CheckSecrets(DestinationV1 given, Profile? profile, FieldNotes notes)
    {
        if (given.Secret is { } secret && profile is not null && SecretForms.ProblemOf(secret, profile) is { } problem) notes.Add("$.destination.secret", problem);
        if (given.BearerToken is { } token && SecretForms.ProblemOfBearer(token) is { } bearerProblem) notes.Add("$.destination.bearer_token", bearerProblem);
        if (given is { Secret: not null, SecretRef: not null }) notes.Add("$.destination.secret_ref", "stands beside secret; give one of them");
        if (given is { BearerToken: not null, BearerTokenRef: not null }) notes.Add("$.destination.bearer_token_ref", "stands beside bearer_token; give one of them");
        CheckReference("$.destination.secret_ref", given.SecretRef, notes);
        CheckReference("$.destination.bearer_token_ref", given.BearerTokenRef, notes);
    }

    private static void CheckReference(string path, string? reference, FieldNotes notes)
    {
        if (reference is not null && !SecretReference.TryParse(reference, out _)) notes.Add(path, SecretReference.Problem);
    }

    /// <summary>A tenant or subject outside ASCII is fine in JSON, but not in a header that a profile makes of it.</summary>
    private static void CheckRenderedHeaders(EnvelopeV1 fields, Profile? profile, FieldNotes notes)
    {
        foreach (var header in profile?.Headers ?? [])
        {
            if (header.Value.Uses(Placeholder.Tenant) && fields.Tenant is { } tenant && !HeaderNames.IsValue(tenant))
                notes.Add("$.tenant", $"goes into the header {header.Name}, which takes visible ASCII only", DeadLetterReason.InvalidHeader);
            if (header.Value.Uses(Placeholder.Subject) && fields.Subject is { } subject && !HeaderNames.IsValue(subject))
                notes.Add("$.subject", $"goes into the header {header.Name}, which takes visible ASCII only", DeadLetterReason.InvalidHeader);
        }
    }

    /// <summary>What the fields of a sound envelope stand for.</summary>
    private readonly record struct Judged(Profile Profile, Destination Destination, DateTimeOffset? Time, DateTimeOffset? DeliverAfter, DateTimeOffset? ExpiresAt)
    {
        public DateTimeOffset? Deadline(DateTimeOffset acceptedAt) =>
            ExpiresAt ?? Profile.Deadline(Time ?? acceptedAt, DeliverAfter > acceptedAt ? DeliverAfter.Value : acceptedAt);
    }
}
