using System.Net;
using System.Net.Sockets;

namespace Posthorn.Sending;

/// <summary>
/// Judges addresses: nothing internal is reachable through us. The ranges are IANA's special-purpose registries for IPv4 and
/// IPv6, and the platform addresses of clouds that range lists miss.
/// </summary>
public static class AddressGuard
{
    private static readonly IPNetwork[] Loopback = Networks("127.0.0.0/8", "::1/128");

    private static readonly IPNetwork[] Private = Networks("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7");

    private static readonly IPNetwork[] Forbidden = Networks(
        "0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32",
        "168.63.129.16/32", "fd00:ec2::254/128", "100.100.100.200/32", "fd20:ce::254/128", // Platform and metadata services of clouds.
        "fd00:ec2::23/128", "fd00:ec2::253/128", "fd00:42::42/128", "fd00:c1::a9fe:a9fe/128",
        "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "2002::/16", "5f00::/16",
        "fe80::/10", "fec0::/10", "ff00::/8",
        "::/3", "4000::/2", "8000::/2", "c000::/3", "e000::/4", "f000::/5", "f800::/6", "fe00::/9"); // The Internet is 2000::/3 (RFC 4291, section 2.4).

    /// <summary>What kind of address it is; an IPv4 address inside an IPv6 one (<c>::ffff:0:0/96</c>) is judged as itself.</summary>
    public static AddressKind KindOf(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var inner = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : WithoutScope(address);
        return IsIn(Loopback, inner) ? AddressKind.Loopback
            : IsIn(Forbidden, inner) ? AddressKind.Forbidden
            : IsIn(Private, inner) ? AddressKind.Private
            : AddressKind.Public;
    }

    private static bool IsIn(IPNetwork[] networks, IPAddress address) => Array.Exists(networks, network => network.Contains(address));

    private static IPAddress WithoutScope(IPAddress address) =>
        address is { AddressFamily: AddressFamily.InterNetworkV6, ScopeId: not 0 } ? new IPAddress(address.GetAddressBytes()) : address;

    private static IPNetwork[] Networks(params string[] texts) => [.. texts.Select(text => IPNetwork.Parse(text))];
}

/// <summary>Who can be reached at an address.</summary>
public enum AddressKind
{
    /// <summary>Anyone on the Internet.</summary>
    Public,

    /// <summary>This machine.</summary>
    Loopback,

    /// <summary>This organisation's network: RFC 1918, RFC 6598, RFC 4193.</summary>
    Private,

    /// <summary>Metadata services, multicast, documentation, tunnels: nobody a webhook is for.</summary>
    Forbidden,
}
