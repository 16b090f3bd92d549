namespace Posthorn.Envelopes;

/// <summary>Confines a producer to its tenant.</summary>
internal static class TenantScope
{
    /// <summary>Whether what is said of the tenant is within the scope; else it is noted.</summary>
    public static bool Allows(string? scope, string? said, ICollection<EnvelopeError> errors)
    {
        if (scope is null || said is null || string.Equals(scope, said, StringComparison.Ordinal)) return true;
        errors.Add(new EnvelopeError("$.tenant", $"{EnvelopeError.Shown(said)} is not the tenant of this key"));
        return false;
    }
}
