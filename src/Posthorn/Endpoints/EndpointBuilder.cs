using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Sending;
using Posthorn.Signing;

namespace Posthorn.Endpoints;

/// <summary>Judges what is said of an endpoint, by the same rules as an envelope's destination; everything wrong is noted in one pass.</summary>
public sealed class EndpointBuilder(ProfileCatalog profiles, NetworkPolicy network, EndpointOptions options)
{
    private const int MaxEvents = 100;
    private const int MaxDescription = 1024;
    private const int MaxRate = 10_000;

    /// <summary>The endpoint as it would be after the change, with its secrets in clear beside it; null when anything is wrong.</summary>
    /// <param name="before">The endpoint as it is; null of a new one.</param>
    /// <param name="secrets">What is sealed in it; null of a new one.</param>
    /// <param name="request">What the caller says.</param>
    /// <param name="now">The time.</param>
    /// <param name="errors">Where to note what is wrong.</param>
    public EndpointDraft? Build(Endpoint? before, EndpointSecrets? secrets, EndpointRequest request, DateTimeOffset now, ICollection<EnvelopeError> errors)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(errors);
        var found = new List<EnvelopeError>();
        var notes = new FieldNotes(found);
        var events = request.Events ?? before?.Events;
        CheckEvents(events, notes);
        var profile = FindProfile(before, request, events ?? [], notes);
        var url = secrets?.Url;
        if ((request.Url is not null || url is null) && network.Judge(request.Url, out url) is { } refusal) notes.Add("$.url", refusal.Detail, refusal.Reason);
        var headers = request.Headers ?? secrets?.Headers ?? Destination.NoHeaders;
        foreach (var (name, problem) in HeaderRules.Problems(headers, profile, hasBearerToken: false))
            notes.Add(name.Length == 0 ? "$.headers" : $"$.headers.{EnvelopeError.Shown(name).Trim('\'')}", problem);
        var secret = request.Secret ?? secrets?.Secret ?? (profile is null ? null : SecretForms.Make(profile));
        if (secret is not null && profile is not null && SecretForms.ProblemOf(secret, profile) is { } wrongSecret)
            notes.Add(before is null ? "$.secret" : "$.profile", $"the secret {wrongSecret}");
        CheckRest(request, notes);
        // What could not be read counts as absent above, which is no second fault.
        foreach (var error in request.Faults.Concat(found.Where(error => request.Faults.All(fault => fault.Path != error.Path)))) errors.Add(error);
        if (errors.Count > 0 || profile is null || url is null || events is null) return null;

        var record = Record(before, request, profile, url, events, now);
        return new EndpointDraft(record, (secrets ?? new EndpointSecrets { Url = url }) with { Url = url, Secret = secret, Headers = headers }, profile);
    }

    private static Endpoint Record(Endpoint? before, EndpointRequest request, Profile profile, Uri url, IReadOnlyList<string> events, DateTimeOffset now) => new()
    {
        Id = before?.Id ?? RandomIds.Make("wh_", 24),
        DisplayUrl = Destination.DisplayOf(url),
        Sealed = "",
        Events = [.. events.Distinct(StringComparer.Ordinal)],
        Description = request.Description is null ? before?.Description : request.Description.Length == 0 ? null : request.Description,
        Profile = profile.Name,
        Tenant = before is null ? request.Tenant : before.Tenant,
        RateLimit = request.RateLimit is null ? before?.RateLimit : request.RateLimit == 0 ? null : request.RateLimit,
        Status = before?.Status ?? EndpointStatus.Active,
        DisabledReason = before?.DisabledReason,
        DisabledAt = before?.DisabledAt,
        FailingSince = before?.FailingSince,
        HasSuffered = before?.HasSuffered ?? false,
        CreatedAt = before?.CreatedAt ?? now,
        UpdatedAt = now,
        Revision = before?.Revision ?? 0,
    };

    private static void CheckEvents(IReadOnlyList<string>? events, FieldNotes notes)
    {
        const string Accepted = "event types such as job.completed, job.* or *";
        if (events is null or { Count: 0 }) notes.Add("$.events", $"is required: one or more {Accepted}");
        else if (events.Count > MaxEvents) notes.Add("$.events", $"has {events.Count} patterns; at most {MaxEvents} are accepted");
        foreach (var (i, pattern) in (events ?? []).Take(MaxEvents).Index())
            if (!EventPattern.IsPattern(pattern)) notes.Add($"$.events[{i}]", pattern, Accepted);
    }

    private Profile? FindProfile(Endpoint? before, EndpointRequest request, IReadOnlyList<string> events, FieldNotes notes)
    {
        var name = request.Profile ?? before?.Profile ?? options.DefaultProfile;
        if (name is null) return profiles.FamilyOf(events) ?? Named(BuiltInProfiles.DefaultName);
        if (profiles.TryGet(name, out var profile)) return profile;
        notes.Add("$.profile", name, profiles.Names);
        return null;
    }

    private Profile? Named(string name) => profiles.TryGet(name, out var profile) ? profile : null;

    private static void CheckRest(EndpointRequest request, FieldNotes notes)
    {
        notes.CheckLabel("$.tenant", request.Tenant);
        if (request.Description is { Length: > MaxDescription }) notes.Add("$.description", $"has {request.Description.Length} characters; at most {MaxDescription} are accepted");
        if (request.RateLimit is < 0 or > MaxRate) notes.Add("$.rate_limit", $"{request.RateLimit} is not accepted; accepted: requests a second from 1 to {MaxRate}, or 0 for no limit");
        if (request.Status is not (null or "active" or "disabled")) notes.Add("$.status", request.Status, "active, disabled");
    }
}

/// <summary>An endpoint that was judged, before it is sealed.</summary>
/// <param name="Record">What is stored, but for the seal.</param>
/// <param name="Secrets">What will be sealed.</param>
/// <param name="Profile">Its wire contract.</param>
public sealed record EndpointDraft(Endpoint Record, EndpointSecrets Secrets, Profile Profile)
{
    /// <summary>What is stored.</summary>
    public Endpoint Seal(ISecretSealer sealer) => Record with { Sealed = Secrets.Seal(sealer) };
}
