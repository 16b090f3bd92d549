using System.Security.Cryptography.X509Certificates;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Receivers that cannot prove who they are get no request, not even its head.</summary>
public sealed class NetworkTlsTests(NetworkTlsTests.Worker worker) : IClassFixture<NetworkTlsTests.Worker>
{
    [Fact]
    public async Task Fault_25_a_certificate_that_is_right_is_delivered_to()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Status(200), worker.Certificates.Right);

        (await worker.SendAsync("evt_25_right", receiver.Url())).ShouldBeDelivered();
    }

    [Fact]
    public async Task Fault_25_an_expired_certificate_is_no_receiver() => await ShouldBeNoReceiverAsync("expired", worker.Certificates.Expired, "NotTimeValid");

    [Fact]
    public async Task Fault_25_an_untrusted_certificate_is_no_receiver() => await ShouldBeNoReceiverAsync("untrusted", worker.Certificates.Untrusted, "UntrustedRoot");

    [Fact]
    public async Task Fault_25_a_certificate_of_another_host_is_no_receiver() => await ShouldBeNoReceiverAsync("other", worker.Certificates.OfAnother, "RemoteCertificateNameMismatch");

    [Fact]
    public async Task Fault_25_who_speaks_no_TLS_is_no_receiver()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Status(200), greeting: "220 mail.example.com ESMTP\r\n");

        (await worker.SendAsync("evt_25_plain", new Uri($"https://localhost:{receiver.Port}/hook"))).ShouldBeExhausted("Tls");

        receiver.Requests.ShouldBeEmpty();
    }

    private async Task ShouldBeNoReceiverAsync(string name, X509Certificate2 certificate, string cause)
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Status(200), certificate);

        (await worker.SendAsync($"evt_25_{name}", receiver.Url())).ShouldBeExhausted("Tls", cause);

        receiver.Connections.ShouldBeGreaterThanOrEqualTo(NetworkWorker.Attempts);
        receiver.Requests.ShouldBeEmpty();
        var letter = (await worker.CallAsync($"GET /api/dead-letters/evt_25_{name}")).Json;
        letter.Text("description").ShouldContain(cause);
    }

    /// <summary>A worker that trusts the authority of <see cref="HostileCertificates"/> besides the system's.</summary>
    public sealed class Worker : NetworkWorker
    {
        internal HostileCertificates Certificates { get; } = new();

        public override ValueTask InitializeAsync()
        {
            Harness.Environment["SSL_CERT_FILE"] = Harness.Write("authority.pem", Certificates.AuthorityPem);
            return base.InitializeAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            Certificates.Dispose();
        }
    }
}
