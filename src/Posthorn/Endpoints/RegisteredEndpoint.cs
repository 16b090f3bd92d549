using Posthorn.Envelopes;
using Posthorn.Signing;

namespace Posthorn.Endpoints;

/// <summary>An endpoint in memory; its sealed part is opened once, when it is first needed.</summary>
public sealed class RegisteredEndpoint(Endpoint record, ISecretSealer sealer)
{
    private volatile EndpointSecrets? _secrets;

    /// <summary>What is stored.</summary>
    public Endpoint Record => record;

    /// <summary>What was sealed.</summary>
    /// <exception cref="SecretUnavailableException">It cannot be opened now.</exception>
    public EndpointSecrets Secrets => _secrets ??= EndpointSecrets.Open(record.Sealed, sealer);

    /// <summary>Whether it wants an event; nothing is said of its status.</summary>
    public bool Wants(string type, string? tenant, bool isOperational) =>
        (record.Tenant == EventPattern.All || string.Equals(record.Tenant, tenant, StringComparison.Ordinal))
        && record.Events.Any(pattern => EventPattern.Takes(pattern, type, isOperational));

    /// <summary>Where a delivery goes now: the current URL, secrets and headers.</summary>
    public Destination Destination(DateTimeOffset now)
    {
        try
        {
            return Secrets.DestinationOf(record, now);
        }
        catch (SecretUnavailableException missing)
        {
            return new Destination { Url = new Uri(record.DisplayUrl), Endpoint = record.Id, RateLimit = record.RateLimit, SecretsMissing = missing.Message };
        }
    }
}
