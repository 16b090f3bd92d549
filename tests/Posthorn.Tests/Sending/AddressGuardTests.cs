using System.Net;
using Posthorn.Sending;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Sending;

public class AddressGuardTests
{
    [Theory]
    [InlineData("0.0.0.0", "0.255.255.255")]
    [InlineData("10.0.0.0", "10.255.255.255")]
    [InlineData("100.64.0.0", "100.127.255.255")]
    [InlineData("127.0.0.0", "127.255.255.255")]
    [InlineData("169.254.0.0", "169.254.255.255")]
    [InlineData("172.16.0.0", "172.31.255.255")]
    [InlineData("192.0.0.0", "192.0.0.255")]
    [InlineData("192.0.2.0", "192.0.2.255")]
    [InlineData("192.88.99.0", "192.88.99.255")]
    [InlineData("192.168.0.0", "192.168.255.255")]
    [InlineData("198.18.0.0", "198.19.255.255")]
    [InlineData("198.51.100.0", "198.51.100.255")]
    [InlineData("203.0.113.0", "203.0.113.255")]
    [InlineData("224.0.0.0", "239.255.255.255")]
    [InlineData("240.0.0.0", "255.255.255.255")]
    [InlineData("168.63.129.16", "168.63.129.16")]
    [InlineData("::", "::1")]
    [InlineData("::2", "::ffff:ffff")]
    [InlineData("::ffff:10.0.0.1", "::ffff:192.168.1.1")]
    [InlineData("::ffff:127.0.0.1", "::ffff:169.254.169.254")]
    [InlineData("64:ff9b::", "64:ff9b::ffff:ffff")]
    [InlineData("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("100::", "100::ffff:ffff:ffff:ffff")]
    [InlineData("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fd00:ec2::254", "fd00:ec2::254")]
    [InlineData("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fe80::1%2", "fe80::1%7")]
    [InlineData("::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("::ffff:0:127.0.0.1", "::ffff:0:10.0.0.1")]
    [InlineData("4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    [InlineData("fe00::", "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void A_range_is_denied_from_its_first_address_to_its_last(string first, string last)
    {
        Given.Production.Allows(IPAddress.Parse(first)).ShouldBeFalse();
        Given.Production.Allows(IPAddress.Parse(last)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("1.0.0.0")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("168.63.129.15")]
    [InlineData("168.63.129.17")]
    [InlineData("169.253.255.255")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.0.1.0")]
    [InlineData("192.167.255.255")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("2606:4700::1111")]
    [InlineData("2003::")]
    [InlineData("2400::")]
    [InlineData("3ffe::")]
    public void An_address_beside_the_ranges_is_public(string address) => AddressGuard.KindOf(IPAddress.Parse(address)).ShouldBe(AddressKind.Public);

    [Theory]
    [InlineData("127.0.0.1", AddressKind.Loopback)]
    [InlineData("::1", AddressKind.Loopback)]
    [InlineData("::ffff:127.0.0.1", AddressKind.Loopback)]
    [InlineData("10.1.2.3", AddressKind.Private)]
    [InlineData("fd12::1", AddressKind.Private)]
    [InlineData("169.254.169.254", AddressKind.Forbidden)]
    [InlineData("168.63.129.16", AddressKind.Forbidden)]
    [InlineData("fd00:ec2::254", AddressKind.Forbidden)]
    [InlineData("::127.0.0.1", AddressKind.Forbidden)]
    [InlineData("64:ff9b::7f00:1", AddressKind.Forbidden)]
    public void An_address_is_of_this_kind(string address, AddressKind kind) => AddressGuard.KindOf(IPAddress.Parse(address)).ShouldBe(kind);

    [Theory]
    [InlineData("127.0.0.1", true, true)]
    [InlineData("::1", true, true)]
    [InlineData("10.0.0.1", false, true)]
    [InlineData("100.64.0.1", false, true)]
    [InlineData("fd12::1", false, true)]
    [InlineData("169.254.169.254", false, false)]
    [InlineData("168.63.129.16", false, false)]
    [InlineData("fd00:ec2::254", false, false)]
    [InlineData("fd00:ec2::23", false, false)]
    [InlineData("fd00:42::42", false, false)]
    [InlineData("fd00:c1::a9fe:a9fe", false, false)]
    [InlineData("0.0.0.0", false, false)]
    [InlineData("::ffff:169.254.169.254", false, false)]
    public void Development_opens_loopback_and_allowPrivateNetworks_private_ones_and_nothing_opens_the_rest(string address, bool development, bool privateNetworks)
    {
        Given.Development.Allows(IPAddress.Parse(address)).ShouldBe(development);
        new NetworkPolicy { AllowPrivateNetworks = true }.Allows(IPAddress.Parse(address)).ShouldBe(privateNetworks);
    }
}
