using Posthorn.Profiles;
using Posthorn.Settings;

namespace Posthorn.Endpoints;

/// <summary>How endpoints are kept. Section <c>endpoints</c>.</summary>
public sealed record EndpointOptions
{
    /// <summary>The profile of an endpoint that names none; null takes the family that has all of its event types, else <c>standard</c>.</summary>
    public string? DefaultProfile { get; init; }

    /// <summary>How long an endpoint may do nothing but fail before it is disabled. Default: 5 days.</summary>
    public TimeSpan DisableAfter { get; init; } = TimeSpan.FromDays(5);

    /// <summary>How long the old secret signs too after a rotation. Default: 24 h.</summary>
    public TimeSpan SecretOverlap { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The most messages a second that a recovery puts on the queue, unless it asks for another rate. Default: 100.</summary>
    public int RecoveryRate { get; init; } = 100;

    /// <summary>Reads the section <c>endpoints</c>.</summary>
    public static EndpointOptions From(SettingsSection endpoints, ProfileCatalog profiles)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(profiles);
        endpoints.AcceptOnly("defaultProfile", "disableAfter", "secretOverlap", "recoveryRate");
        var defaults = new EndpointOptions();
        var profile = endpoints.Text("defaultProfile") is { Length: > 0 } name ? name : null;
        if (profile is not null && !profiles.TryGet(profile, out _)) endpoints.Wrong("defaultProfile", profile, profiles.Names, profile);
        return new EndpointOptions
        {
            DefaultProfile = profile,
            DisableAfter = endpoints.Duration("disableAfter", defaults.DisableAfter, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)),
            SecretOverlap = endpoints.Duration("secretOverlap", defaults.SecretOverlap, TimeSpan.Zero, TimeSpan.FromDays(30)),
            RecoveryRate = endpoints.Integer("recoveryRate", defaults.RecoveryRate, 1, 10_000),
        };
    }
}
