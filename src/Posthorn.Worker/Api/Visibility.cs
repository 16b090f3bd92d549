using Posthorn.Access;
using Posthorn.Endpoints;

namespace Posthorn.Worker.Api;

/// <summary>
/// What of a tenant's history its keys may see: not what went to an endpoint for everyone's events, which is somebody else's although
/// the event was the tenant's, nor what went to one that is not there any more.
/// </summary>
public sealed class Visibility(EndpointDirectory endpoints)
{
    /// <summary>Whether a delivery or a dead letter is the caller's to see.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="tenant">Whose the event was.</param>
    /// <param name="endpointId">The endpoint it was for; null when the producer named the destination.</param>
    public bool Allows(Caller caller, string? tenant, string? endpointId)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (caller.Tenant is null) return true;
        return caller.Sees(tenant) && (endpointId is null || (endpoints.Find(endpointId) is { } endpoint && caller.Sees(endpoint.Record.Tenant)));
    }
}
