using System.Net;
using System.Net.Sockets;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Requests leave through a proxy when one is set, and only then; what is judged without one is judged with one.</summary>
public sealed class NetworkProxyTests(NetworkProxyTests.Worker worker) : IClassFixture<NetworkProxyTests.Worker>
{
    [Fact]
    public async Task Plain_http_goes_to_the_proxy_and_the_banner_says_so()
    {
        (await worker.SendAsync("evt_proxied", new Uri("http://hooks.invalid/hook"))).ShouldBeDelivered();

        worker.Proxy.Requests.Single(request => request["webhook-id"] == "evt_proxied").RequestLine.ShouldBe("POST http://hooks.invalid/hook HTTP/1.1");
        worker.Process.Output.ShouldContain($"Open         everything leaves through the proxy 127.0.0.1:{worker.Proxy.Port}");
    }

    [Fact]
    public async Task Https_goes_through_a_tunnel_and_the_proxy_sees_none_of_it()
    {
        (await worker.SendAsync("evt_tunnelled", new Uri("https://hooks.invalid/hook"))).ShouldBeDelivered();

        worker.Target.Requests.ShouldHaveSingleItem()["webhook-id"].ShouldBe("evt_tunnelled");
        var asked = worker.Proxy.Requests.Where(request => request.RequestLine.StartsWith("CONNECT", StringComparison.Ordinal)).Select(request => request.RequestLine);
        asked.ShouldContain("CONNECT hooks.invalid:443 HTTP/1.1");
    }

    [Theory]
    [InlineData("plain", "http://forbidding.invalid/407")]
    [InlineData("tunnel", "https://forbidding.invalid/hook")]
    public async Task A_proxy_that_refuses_is_no_answer_of_the_receiver(string name, string url) =>
        (await worker.SendAsync($"evt_refused_{name}", new Uri(url), "strict")).ShouldBeExhausted("Connect", "the proxy refuses: HTTP 40");

    [Fact]
    public async Task Fault_41_a_name_that_leads_inside_is_not_asked_of_the_proxy()
    {
        var name = await LocalName.FindAsync();

        var outcome = await worker.SendAsync("evt_41_proxied", new Uri($"http://{name}:{worker.Target.Port}/hook"));

        outcome.Reason.ShouldBe("BlockedAddress", outcome.ToString());
        worker.Proxy.Requests.ShouldNotContain(request => request.RequestLine.Contains(name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fault_42_a_literal_address_inside_is_refused_with_a_proxy_too()
    {
        foreach (var url in AddressForms.Urls(worker.Target.Port))
            (await worker.CallAsync("POST /api/notifications", AddressFormTests.Envelope("evt_42", url))).Status.ShouldBe(HttpStatusCode.BadRequest, url);
    }

    [Fact]
    public async Task Without_the_setting_the_variables_of_the_environment_are_not_followed()
    {
        await using var proxy = new HostileReceiver(HostileAnswers.Status(200));
        await using var direct = new NetworkWorker();
        foreach (var variable in new[] { "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy" })
            direct.Harness.Environment[variable] = $"http://127.0.0.1:{proxy.Port}";
        await direct.InitializeAsync();

        (await direct.SendAsync("evt_direct", new Uri("http://hooks.invalid/hook"))).ShouldBeExhausted("NameResolution");

        proxy.Connections.ShouldBe(0);
        direct.Process.Output.ShouldNotContain("proxy");
    }

    /// <summary>A worker as in production, but for plain http, behind a proxy on this machine that tunnels to one receiver.</summary>
    public sealed class Worker : NetworkWorker
    {
        private readonly HostileCertificates _certificates = new();

        public Worker()
        {
            Target = new HostileReceiver(HostileAnswers.Status(200), _certificates.Named("hooks.invalid"));
            Proxy = new HostileReceiver(AnswerAsync);
        }

        internal HostileReceiver Proxy { get; }

        internal HostileReceiver Target { get; }

        public override ValueTask InitializeAsync()
        {
            Harness.Environment["DOTNET_ENVIRONMENT"] = "Production";
            Harness.Environment["SSL_CERT_FILE"] = Harness.Write("authority.pem", _certificates.AuthorityPem);
            Harness.With("--network:allowHttp=true", $"--network:proxy=http://127.0.0.1:{Proxy.Port}", "--profiles:strict:extends=fast", "--profiles:strict:final=400-499");
            return base.InitializeAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            await Proxy.DisposeAsync();
            await Target.DisposeAsync();
            _certificates.Dispose();
        }

        private Task AnswerAsync(HostileExchange exchange)
        {
            var line = exchange.Request.RequestLine;
            return line.EndsWith("/407 HTTP/1.1", StringComparison.Ordinal) ? HostileAnswers.Status(407)(exchange)
                : line.StartsWith("CONNECT forbidding", StringComparison.Ordinal) ? HostileAnswers.Status(403)(exchange)
                : line.StartsWith("CONNECT", StringComparison.Ordinal) ? TunnelAsync(exchange)
                : HostileAnswers.Status(200)(exchange);
        }

        private async Task TunnelAsync(HostileExchange exchange)
        {
            using var target = new TcpClient();
            await target.ConnectAsync(IPAddress.Loopback, Target.Port, exchange.Ending);
            await exchange.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n");
            var there = exchange.Stream.CopyToAsync(target.GetStream(), exchange.Ending);
            await Task.WhenAny(there, target.GetStream().CopyToAsync(exchange.Stream, exchange.Ending));
            await exchange.CloseAsync();
        }
    }
}
