using Posthorn.Queues;
using Posthorn.Sending;
using Posthorn.Settings;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Sending;

public class NetworkPolicyTests
{
    [Theory]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://0x7f.0.0.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://0/")]
    [InlineData("https://127。0。0。1/")]
    [InlineData("https://%31%32%37.0.0.1/")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:127.0.0.1]/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    [InlineData("https://[::127.0.0.1]/")]
    [InlineData("https://[64:ff9b::7f00:1]/")]
    [InlineData("https://[fe80::1%25eth0]/")]
    [InlineData("https://[fd00:ec2::254]/")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    [InlineData("https://168.63.129.16/")]
    [InlineData("https://localhost/")]
    [InlineData("https://LOCALHOST/")]
    [InlineData("https://a.localhost/")]
    public void Fault_42_no_spelling_of_an_internal_address_gets_through(string url)
    {
        var refusal = Given.Production.Judge(url, out _).ShouldNotBeNull();

        refusal.Reason.Name.ShouldBeOneOf(DeadLetterReason.BlockedAddress.Name, DeadLetterReason.InvalidDestination.Name);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("hook")]
    [InlineData("/hook")]
    [InlineData("//example.com/")]
    [InlineData("ftp://example.com/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("gopher://example.com/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("https://")]
    [InlineData("https://example.com:0/")]
    [InlineData("https://example.com:99999/")]
    [InlineData("https://example.com./")]
    [InlineData("https://127.0.0.1./")]
    [InlineData("https://user@example.com/")]
    [InlineData("https://user:pass@example.com/")]
    [InlineData("https://example.com\\@127.0.0.1/")]
    [InlineData("https://example.com/a b")]
    [InlineData("https://example.com/a\r\nEvil: 1")]
    [InlineData("https://example.com/\0")]
    [InlineData(" https://example.com/")]
    [InlineData("https://exa\tmple.com/")]
    [InlineData("http://example.com/")]
    public void Fault_42_what_is_no_https_url_of_a_host_is_refused(string? url) =>
        Given.Production.Judge(url, out _).ShouldNotBeNull().Reason.ShouldBe(DeadLetterReason.InvalidDestination);

    [Theory]
    [InlineData("https://example.com")]
    [InlineData("https://example.com:8443/hook?a=b#c")]
    [InlineData("https://münchen.example/")]
    [InlineData("https://8.8.8.8/")]
    [InlineData("https://[2606:4700::1111]/")]
    [InlineData("https://localhost.example.com/")]
    public void A_public_host_may_be_tried(string url)
    {
        Given.Production.Judge(url, out var parsed).ShouldBeNull();
        parsed.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("http://example.com/", true)]
    [InlineData("http://localhost:8001/webhook", true)]
    [InlineData("http://127.0.0.1:8001/webhook", true)]
    [InlineData("http://[::1]:8001/webhook", true)]
    [InlineData("http://10.0.0.1/", false)]
    [InlineData("http://192.168.0.1/", false)]
    [InlineData("http://169.254.169.254/", false)]
    [InlineData("http://0.0.0.0/", false)]
    public void Development_opens_http_and_loopback_and_nothing_else(string url, bool allowed) => (Given.Development.Judge(url, out _) is null).ShouldBe(allowed);

    [Theory]
    [InlineData("https://10.0.0.1/", true)]
    [InlineData("https://localhost/", true)]
    [InlineData("https://169.254.169.254/", false)]
    [InlineData("https://168.63.129.16/", false)]
    public void Private_networks_may_be_opened_and_metadata_services_may_not(string url, bool allowed) =>
        (new NetworkPolicy { AllowPrivateNetworks = true }.Judge(url, out _) is null).ShouldBe(allowed);

    [Theory]
    [InlineData("https://intranet/", true)]
    [InlineData("https://INTRANET/", true)]
    [InlineData("https://10.0.0.1/", true)]
    [InlineData("https://0x0a000001/", true)]
    [InlineData("https://10.0.0.2/", false)]
    [InlineData("http://intranet/", false)]
    public void An_allowed_host_is_not_judged_further(string url, bool allowed) =>
        (new NetworkPolicy { AllowedHosts = new HashSet<string>(["intranet", "10.0.0.1"], StringComparer.OrdinalIgnoreCase) }.Judge(url, out _) is null).ShouldBe(allowed);

    [Fact]
    public void A_url_has_up_to_2048_characters()
    {
        Given.Production.Judge("https://example.com/".PadRight(2048, 'x'), out _).ShouldBeNull();
        Given.Production.Judge("https://example.com/".PadRight(2049, 'x'), out _).ShouldNotBeNull().Detail.ShouldNotContain("xxx");
    }

    [Fact]
    public void The_section_is_read_strictly()
    {
        var errors = new List<SettingError>();
        var section = Given.Section(errors, ("allowHttp", "yes"), ("allowPrivateNetworks", "true"), ("allowedHosts:0", "a"), ("allowedHosts:1", "b"), ("allowAll", "true"));

        var policy = NetworkPolicy.From(section, isDevelopment: false);

        policy.AllowHttp.ShouldBeFalse();
        policy.AllowPrivateNetworks.ShouldBeTrue();
        policy.AllowedHosts.ShouldBe(["a", "b"], ignoreOrder: true);
        errors.Select(error => error.ToString()).ShouldBe(
            ["allowAll: there is no such setting; accepted: allowHttp, allowPrivateNetworks, allowedHosts, proxy", "allowHttp: 'yes' is not accepted; accepted: true, false"]);
    }

    [Theory]
    [InlineData("http://proxy.internal:3128", "http://proxy.internal:3128/")]
    [InlineData("http://10.0.0.1:8888/", "http://10.0.0.1:8888/")]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_proxy_is_a_host_and_a_port_and_none_unless_it_is_set(string? value, string? proxy)
    {
        var errors = new List<SettingError>();

        NetworkPolicy.From(Given.Section(errors, ("proxy", value)), isDevelopment: false).Proxy?.ToString().ShouldBe(proxy);

        errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("proxy.internal:3128", "proxy.internal:3128")]
    [InlineData("https://proxy.internal:3128", "https://proxy.internal:3128")]
    [InlineData("socks5://proxy.internal:1080", "socks5://proxy.internal:1080")]
    [InlineData("http://proxy.internal:3128/path", "http://proxy.internal:3128/path")]
    [InlineData("http://proxy.internal:3128?a=b", "http://proxy.internal:3128?a=b")]
    [InlineData("http://proxy.internal:0", "http://proxy.internal:0")]
    [InlineData("http://user:password@proxy.internal:3128", "…@proxy.internal:3128")]
    [InlineData("user:password@proxy.internal", "…@proxy.internal")]
    public void A_proxy_of_another_shape_is_named_without_its_password(string value, string shown)
    {
        var errors = new List<SettingError>();

        NetworkPolicy.From(Given.Section(errors, ("proxy", value)), isDevelopment: false).Proxy.ShouldBeNull();

        errors.ShouldHaveSingleItem().ToString().ShouldBe($"proxy: '{shown}' is not accepted; accepted: http://HOST:PORT, without a user name");
    }
}
