using System.Net;

namespace Posthorn.Sending;

/// <summary>Answers a host with its addresses, none of which is denied.</summary>
internal sealed class JudgingResolver(NetworkPolicy policy, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
{
    /// <summary>Resolves once, and judges every address.</summary>
    /// <exception cref="BlockedAddressException">One of them is denied, and with it the host.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">The name does not resolve.</exception>
    public async Task<IPAddress[]> JudgedAsync(string host, CancellationToken cancellation)
    {
        var addresses = await AddressesAsync(host, cancellation);
        if (policy.Allows(host)) return addresses;
        return Array.Find(addresses, address => !policy.Allows(address)) is { } denied ? throw new BlockedAddressException(host, denied) : addresses;
    }

    /// <summary>Resolves once, and judges nothing.</summary>
    public async Task<IPAddress[]> AddressesAsync(string host, CancellationToken cancellation) =>
        IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellation);
}

/// <summary>A destination resolved to an address nobody may reach through us; no packet was sent to it.</summary>
public sealed class BlockedAddressException(string host, IPAddress address)
    : Exception($"{host} resolves to {address}, {Kind(address)}; open it with network:allowedHosts or network:allowPrivateNetworks")
{
    private static string Kind(IPAddress address) => AddressGuard.KindOf(address) switch
    {
        AddressKind.Loopback => "a loopback address",
        AddressKind.Private => "a private address",
        _ => "a forbidden address",
    };
}
