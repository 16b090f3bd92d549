using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Posthorn.Settings;

namespace Posthorn.Worker.Amqp.Listening;

/// <summary>The certificate of <c>amqp:certificate</c>.</summary>
internal static class FrontDoorCertificate
{
    /// <summary>Reads it from its file.</summary>
    /// <exception cref="SettingsException">It cannot be read, or has no key.</exception>
    public static X509Certificate2 Load(FrontDoorOptions options)
    {
        var path = options.Certificate ?? "";
        try
        {
            var certificate = path.EndsWith(".pem", StringComparison.OrdinalIgnoreCase)
                ? X509Certificate2.CreateFromPemFile(path)
                : X509CertificateLoader.LoadPkcs12FromFile(path, options.CertificatePassword?.Reveal());
            return certificate.HasPrivateKey ? certificate : throw new CryptographicException("it has no private key");
        }
        catch (Exception refused) when (refused is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new SettingsException("amqp:certificate", $"'{path}' cannot be used: {refused.Message}", "the path of a .pfx or .pem file with a certificate and its key");
        }
    }
}
