using Posthorn.Settings;

namespace Posthorn.Worker.Telemetry;

/// <summary>What metrics tell. Section <c>telemetry</c>.</summary>
public sealed record TelemetryOptions
{
    private const int MostTenants = 1000;

    /// <summary>How many tenants get a label of their own in the count of deliveries; the others share one. Default: 0, no tenant is told.</summary>
    public int Tenants { get; init; }

    /// <summary>Reads the section <c>telemetry</c>.</summary>
    public static TelemetryOptions From(SettingsSection telemetry)
    {
        ArgumentNullException.ThrowIfNull(telemetry);
        telemetry.AcceptOnly("tenants");
        return new TelemetryOptions { Tenants = telemetry.Integer("tenants", 0, 0, MostTenants) };
    }
}
