namespace Posthorn.Access;

/// <summary>Who calls the API.</summary>
/// <param name="Name">The key's name, for the audit.</param>
/// <param name="Roles">What it may do.</param>
/// <param name="Tenant">The tenant that scopes it; null is everything.</param>
public sealed record Caller(string Name, Roles Roles, string? Tenant)
{
    /// <summary>The holder of any key of the configuration.</summary>
    public static Caller Configured { get; } = new("configuration", Roles.All, Tenant: null);

    /// <summary>Whether it may do at least one of these.</summary>
    public bool May(Roles anyOf) => (Roles & anyOf) != Roles.None;

    /// <summary>Whether something of a tenant is its to see.</summary>
    public bool Sees(string? tenant) => Tenant is null || string.Equals(Tenant, tenant, StringComparison.Ordinal);
}
