using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>An authority that a worker is told to trust, and certificates that are wrong in one way each.</summary>
internal sealed class HostileCertificates : IDisposable
{
    private static readonly DateTimeOffset Begin = DateTimeOffset.UtcNow.AddDays(-30);
    private static readonly DateTimeOffset End = DateTimeOffset.UtcNow.AddDays(30);
    private readonly X509Certificate2 _authority;

    public HostileCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Authority of a test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _authority = request.CreateSelfSigned(Begin, End);
        Right = Issue("localhost", End);
        Expired = Issue("localhost", DateTimeOffset.UtcNow.AddDays(-1));
        OfAnother = Issue("example.com", End);
        Untrusted = SelfSigned("localhost");
    }

    public X509Certificate2 Right { get; }

    public X509Certificate2 Expired { get; }

    public X509Certificate2 OfAnother { get; }

    public X509Certificate2 Untrusted { get; }

    /// <summary>The authority, for a file that <c>SSL_CERT_FILE</c> names.</summary>
    public string AuthorityPem => _authority.ExportCertificatePem();

    /// <summary>One that is right for a host.</summary>
    public X509Certificate2 Named(string host) => Issue(host, End);

    public void Dispose()
    {
        foreach (var certificate in new[] { _authority, Right, Expired, OfAnother, Untrusted }) certificate.Dispose();
    }

    private X509Certificate2 Issue(string host, DateTimeOffset end)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = RequestFor(host, key).Create(_authority, Begin.AddDays(1), end.AddDays(-0.5), RandomNumberGenerator.GetBytes(8));
        using var complete = issued.CopyWithPrivateKey(key);
        return Loaded(complete);
    }

    private static X509Certificate2 SelfSigned(string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = RequestFor(host, key).CreateSelfSigned(Begin, End);
        return Loaded(certificate);
    }

    private static CertificateRequest RequestFor(string host, ECDsa key)
    {
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        if (host == "localhost") names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    /// <summary>With a key that TLS can use on every system.</summary>
    private static X509Certificate2 Loaded(X509Certificate2 certificate) => X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
}
