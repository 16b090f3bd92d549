using Posthorn.Access;

namespace Posthorn.Worker.Api;

/// <summary>One line for every change that somebody makes through the API: who, what, to which.</summary>
public sealed partial class Audit(ILogger<Audit> logger)
{
    /// <summary>Writes the line.</summary>
    public void Changed(Caller caller, string action, string subject)
    {
        ArgumentNullException.ThrowIfNull(caller);
        LogChanged(caller.Name, caller.Tenant, action, subject);
    }

    [LoggerMessage(80, LogLevel.Information, "audit: {Key} (tenant {Tenant}): {Action} {Subject}", EventName = "Audit")]
    private partial void LogChanged(string key, string? tenant, string action, string subject);
}
