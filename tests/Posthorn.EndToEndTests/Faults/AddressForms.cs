using System.Net;
using System.Net.Sockets;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Every range that is denied, and every way to spell a URL that leads there or nowhere: one table for all tests.</summary>
internal static class AddressForms
{
    private static readonly string[] Ranges =
    [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32", "168.63.129.16/32",
        "::/128", "::1/128", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32", "2001:db8::/32", "2002::/16", "5f00::/16", "fc00::/7",
        "fd00:ec2::254/128", "fe80::/10", "fec0::/10", "ff00::/8",
    ];

    // Spellings of this machine, as the host of a URL.
    private static readonly string[] Spellings =
    [
        "127.0.0.1", "127.1", "127.0.1", "127.0.0.01", "2130706433", "0x7f000001", "0X7F000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "0177.1", "017700000001", "127.255.255.254",
        "0", "0x0", "0.0", "0.0.0.0", "127。0。0。1", "127．0．0．1", "127｡0｡0｡1", "①②⑦.⓪.⓪.①", "１２７.0.0.1", "𝟏𝟐𝟕.0.0.1", "%31%32%37.0.0.1", "127%2e0.0.1", "127.0.0.1.",
        "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::1%251]", "[fe80::1%25lo]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "localhost", "LOCALHOST", "a.localhost", "localhost.", "ⓛocalhost", "loc%61lhost", "ｌocalhost",
    ];

    // URLs that are none, or that say one host and mean another; 0 stands for the listener's port.
    private static readonly string[] Tricks =
    [
        "https://example.com@127.0.0.1:{0}/", "https://user@example.com/", "https://user:pass@example.com/", "https://127.0.0.1:{0}\\@example.com/",
        "https://example.com\\@127.0.0.1:{0}/", "https://127.0.0.1:{0}#@example.com/", "https://127.0.0.1:{0}?@example.com/", "https:\\\\127.0.0.1:{0}\\", "https:///127.0.0.1:{0}/",
        "https:127.0.0.1:{0}/", "//127.0.0.1:{0}/", "127.0.0.1:{0}", "/hook", "hook", "", " https://example.com/", "https://127.0.0.1\t:{0}/", "https://exam\nple.com/",
        "https://example.com/\r\nEvil: 1", "https://example.com/\0", "https://example.com/a b", "https://example.com./", "https://example.com:0/", "https://example.com:99999/", "https://",
        "ftp://127.0.0.1:{0}/", "file:///etc/passwd", "gopher://127.0.0.1:{0}/_POST", "dict://127.0.0.1:{0}/", "unix:///run/docker.sock", "javascript:alert(1)", "data:text/plain,1",
        "jar:http://127.0.0.1:{0}!/", "https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/latest/meta-data/",
    ];

    /// <summary>The first and the last address of every range, and those of IPv4 in every IPv6 clothing.</summary>
    public static IReadOnlyList<IPAddress> Addresses { get; } = [.. Ranges.Select(IPNetwork.Parse).SelectMany(range => Clothed(range.BaseAddress).Concat(Clothed(LastOf(range)))).Distinct()];

    /// <summary>Every form as a URL; where it has a port, it is this one.</summary>
    public static IReadOnlyList<string> Urls(int port) =>
    [
        .. from scheme in new[] { "http", "https" } from host in Spellings.Concat(Addresses.Select(HostOf)).Distinct() select $"{scheme}://{host}:{port}/hook",
        .. Tricks.Select(trick => string.Format(trick, port)),
    ];

    private static string HostOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    private static IEnumerable<IPAddress> Clothed(IPAddress address)
    {
        yield return address;
        if (address.AddressFamily != AddressFamily.InterNetwork) yield break;
        var inner = address.GetAddressBytes();
        yield return address.MapToIPv6();
        yield return new IPAddress([.. new byte[12], .. inner]);
        yield return new IPAddress([0, 0x64, 0xff, 0x9b, .. new byte[8], .. inner]);
        yield return new IPAddress([0x20, 0x02, .. inner, .. new byte[10]]);
    }

    private static IPAddress LastOf(IPNetwork range)
    {
        var bytes = range.BaseAddress.GetAddressBytes();
        for (var bit = range.PrefixLength; bit < bytes.Length * 8; bit++) bytes[bit / 8] |= (byte)(0x80 >> (bit % 8));
        return new IPAddress(bytes);
    }
}
