using Posthorn.Envelopes;

namespace Posthorn.Signing;

/// <summary>The stores that references may point into, found by what these begin with.</summary>
public sealed class SecretStores(params IReadOnlyList<ISecretStore> stores)
{
    private const string NoVault = "names a secret of Azure Key Vault, and this worker has no vault: keyVault:url is not set";

    /// <summary>What is wrong with the references of a destination: a store that is not set up among it.</summary>
    public IReadOnlyList<EnvelopeError> Problems(Destination destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        (string Path, string? Reference)[] given = [("$.destination.secret_ref", destination.SecretRef), ("$.destination.bearer_token_ref", destination.BearerTokenRef)];
        return [.. from each in given let problem = each.Reference is null ? null : ProblemOf(each.Reference) where problem is not null select new EnvelopeError(each.Path, problem)];
    }

    /// <summary>The secrets that a reference points to, the newest first.</summary>
    /// <exception cref="SecretUnavailableException">They cannot be had now.</exception>
    public ValueTask<IReadOnlyList<SigningSecret>> FollowAsync(string reference, CancellationToken cancellationToken)
    {
        if (!SecretReference.TryParse(reference, out var parsed)) throw new SecretUnavailableException($"the reference is none of this worker's; accepted: {SecretReference.Accepted}");
        return StoreOf(parsed) is { } store ? store.FindAsync(parsed.Name, cancellationToken) : throw new SecretUnavailableException($"the reference {Absence(parsed)}");
    }

    private string? ProblemOf(string reference) =>
        !SecretReference.TryParse(reference, out var parsed) ? SecretReference.Problem
        : StoreOf(parsed) is null ? Absence(parsed)
        : null;

    private static string Absence(SecretReference reference) => reference.Store == SecretReference.KeyVaultStore ? NoVault : $"names a store that is not set up: {reference.Store}";

    private ISecretStore? StoreOf(SecretReference reference) => stores.FirstOrDefault(store => store.Scheme == reference.Store);
}
