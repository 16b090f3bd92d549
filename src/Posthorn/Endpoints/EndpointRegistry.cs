using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Signing;

namespace Posthorn.Endpoints;

/// <summary>Registers and changes endpoints; a change is in the directory of this process when the task completes.</summary>
public sealed class EndpointRegistry(
    IEndpointStore store, EndpointDirectory directory, EndpointBuilder builder, EndpointVerifier verifier, ProfileCatalog profiles, ISecretSealer sealer,
    EndpointOptions options, TimeProvider clock)
{
    private const int MaxTries = 10;

    /// <summary>Registers an endpoint; where its profile or the caller asks for it, it stays pending until it answers a challenge.</summary>
    public async Task<EndpointOutcome> RegisterAsync(EndpointRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var errors = new List<EnvelopeError>();
        if (builder.Build(before: null, secrets: null, request, clock.GetUtcNow(), errors) is not { } draft) return new EndpointOutcome.Invalid(errors);
        var mustVerify = draft.Profile.VerifiesEndpoints || request.Verify;
        var record = draft.Seal(sealer) with { Status = mustVerify ? EndpointStatus.Pending : EndpointStatus.Active };
        record = await store.AddAsync(record, cancellationToken);
        await directory.RefreshAsync(cancellationToken);
        var outcome = mustVerify ? await VerifyAsync(record, cancellationToken) : new EndpointOutcome.Done(record);
        return outcome is EndpointOutcome.Done done ? done with { Secret = draft.Secrets.Secret } : outcome;
    }

    /// <summary>Changes what the request says; a new URL is challenged again where the profile asks for it.</summary>
    public async Task<EndpointOutcome> ChangeAsync(string id, EndpointRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var errors = new List<EnvelopeError>();
        var mustVerify = false;
        SigningSecret? made = null;
        var outcome = await UpdateAsync(id, (before, now) =>
        {
            errors.Clear();
            var secrets = EndpointSecrets.Open(before.Sealed, sealer);
            if (builder.Build(before, secrets, request, now, errors) is not { } draft) return null;
            var isElsewhere = draft.Secrets.Url != secrets.Url;
            // One that is enabled again may have moved, or may never have answered, while it was disabled.
            mustVerify = request.Verify || (draft.Profile.VerifiesEndpoints && (isElsewhere || before.Status != EndpointStatus.Active || before.Profile != draft.Profile.Name));
            made = secrets.Secret is null ? draft.Secrets.Secret : null;
            return WithStatus(draft.Seal(sealer), request.Status, mustVerify, now);
        }, cancellationToken);
        if (errors.Count > 0) return new EndpointOutcome.Invalid(errors);
        if (outcome is EndpointOutcome.Done { Endpoint: { Status: EndpointStatus.Pending } pending } && mustVerify) outcome = await VerifyAsync(pending, cancellationToken);
        return outcome is EndpointOutcome.Done done ? done with { Secret = made } : outcome;
    }

    /// <summary>Makes the given secret, or a new one, the one that signs; the old one signs too for a while.</summary>
    public async Task<EndpointOutcome> RotateSecretAsync(string id, SigningSecret? given, CancellationToken cancellationToken)
    {
        var errors = new List<EnvelopeError>();
        SigningSecret? secret = null;
        var outcome = await UpdateAsync(id, (before, now) =>
        {
            errors.Clear();
            var profile = profiles.GetOrStandard(before.Profile);
            secret = given ?? SecretForms.Make(profile);
            if (secret is null) errors.Add(new EnvelopeError("$.secret", $"is of no use: the profile '{profile.Name}' does not sign"));
            else if (SecretForms.ProblemOf(secret, profile) is { } problem) errors.Add(new EnvelopeError("$.secret", problem));
            if (errors.Count > 0) return null;
            var secrets = EndpointSecrets.Open(before.Sealed, sealer);
            var rotated = secrets with { Secret = secret, PreviousSecret = secrets.Secret, PreviousUntil = now + options.SecretOverlap };
            return before with { Sealed = rotated.Seal(sealer), UpdatedAt = now };
        }, cancellationToken);
        if (errors.Count > 0) return new EndpointOutcome.Invalid(errors);
        return outcome is EndpointOutcome.Done done ? done with { Secret = secret } : outcome;
    }

    /// <summary>Sends the challenge; a pending endpoint that answers it becomes active.</summary>
    public async Task<EndpointOutcome> VerifyAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        var secrets = EndpointSecrets.Open(endpoint.Sealed, sealer);
        if (await verifier.ChallengeAsync(endpoint, secrets, profiles.GetOrStandard(endpoint.Profile), cancellationToken) is { } problem) return new EndpointOutcome.Done(endpoint) { VerificationProblem = problem };
        return await UpdateAsync(
            endpoint.Id,
            (before, now) => before.Status == EndpointStatus.Pending && before.Sealed == endpoint.Sealed ? before with { Status = EndpointStatus.Active, UpdatedAt = now } : before,
            cancellationToken) is EndpointOutcome.Done done
            ? done with { IsVerified = done.Endpoint.Status == EndpointStatus.Active }
            : new EndpointOutcome.Missing();
    }

    /// <summary>Deletes an endpoint; what is on its way to it is dead-lettered as <c>EndpointGone</c>.</summary>
    public Task<EndpointOutcome> DeleteAsync(string id, CancellationToken cancellationToken) =>
        UpdateAsync(id, (before, now) => before with { Status = EndpointStatus.Deleted, UpdatedAt = now }, cancellationToken);

    /// <summary>An endpoint's whole URL and its headers.</summary>
    /// <exception cref="SecretUnavailableException">The seal cannot be opened now.</exception>
    public EndpointSecrets Open(Endpoint endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return EndpointSecrets.Open(endpoint.Sealed, sealer);
    }

    private static Endpoint WithStatus(Endpoint changed, string? status, bool mustVerify, DateTimeOffset now) => status switch
    {
        "disabled" => changed with { Status = EndpointStatus.Disabled, DisabledReason = "its owner disabled it", DisabledAt = changed.DisabledAt ?? now },
        _ when changed.Status == EndpointStatus.Disabled && status is null => changed,
        _ => changed with
        {
            Status = mustVerify || (status is null && changed.Status == EndpointStatus.Pending) ? EndpointStatus.Pending : EndpointStatus.Active,
            DisabledReason = null,
            DisabledAt = null,
            FailingSince = changed.Status == EndpointStatus.Disabled ? null : changed.FailingSince,
        },
    };

    /// <summary>Applies a change to the endpoint as it is now, again when somebody else was faster.</summary>
    private async Task<EndpointOutcome> UpdateAsync(string id, Func<Endpoint, DateTimeOffset, Endpoint?> change, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (await store.FindAsync(id, cancellationToken) is not { } before) return new EndpointOutcome.Missing();
            if (change(before, clock.GetUtcNow()) is not { } changed || changed == before) return new EndpointOutcome.Done(before);
            if (await store.UpdateAsync(changed, cancellationToken) is not { } after) continue;
            await directory.RefreshAsync(cancellationToken);
            return new EndpointOutcome.Done(after) { Before = before };
        }

        throw new StoreUnavailableException($"the endpoint {id} is being changed by too many at once");
    }
}

/// <summary>What became of a change to an endpoint.</summary>
public abstract record EndpointOutcome
{
    private EndpointOutcome()
    {
    }

    /// <summary>It is done.</summary>
    /// <param name="Endpoint">The endpoint as it is now.</param>
    public sealed record Done(Endpoint Endpoint) : EndpointOutcome
    {
        /// <summary>The endpoint before; null when nothing changed, or when it is new.</summary>
        public Endpoint? Before { get; init; }

        /// <summary>The secret, to be shown this once.</summary>
        public SigningSecret? Secret { get; init; }

        /// <summary>Whether it has just answered a challenge.</summary>
        public bool IsVerified { get; init; }

        /// <summary>Why it has not answered the challenge, in one line.</summary>
        public string? VerificationProblem { get; init; }
    }

    /// <summary>The request cannot be used.</summary>
    /// <param name="Errors">Everything wrong with it.</param>
    public sealed record Invalid(IReadOnlyList<EnvelopeError> Errors) : EndpointOutcome;

    /// <summary>There is no such endpoint.</summary>
    public sealed record Missing : EndpointOutcome;
}
