using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Posthorn.EndToEndTests.Amqp;

/// <summary>Where Azure's SDKs connect to a worker: in clear, and with TLS for those that know nothing else.</summary>
internal sealed class FrontDoor
{
    private readonly int _port = Ports.Free();
    private readonly int _securePort = Ports.Free();
    private readonly string _certificate;

    public FrontDoor(Harness harness)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _certificate = harness.Write("server.pem", $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        Environment = new Dictionary<string, string>
        {
            ["AZURE_SERVICE_BUS_CONNECTION_STRING"] = $"Endpoint=sb://localhost:{_port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;",
            ["AZURE_SERVICE_BUS_QUEUE_NAME"] = "batch-notifications",
            ["POSTHORN_TLS_PORT"] = $"{_securePort}",
            ["POSTHORN_TLS_CERTIFICATE"] = harness.Write("issuer.pem", certificate.ExportCertificatePem()),
        };
    }

    /// <summary>What the worker is told.</summary>
    public string[] Settings => [$"--amqp:url=amqp://127.0.0.1:{_port},amqps://127.0.0.1:{_securePort}", $"--amqp:certificate={_certificate}"];

    /// <summary>What the SDKs' programs are told.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }
}
