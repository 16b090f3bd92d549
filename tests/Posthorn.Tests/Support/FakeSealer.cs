using System.Text;
using Posthorn.Signing;

namespace Posthorn.Tests.Support;

/// <summary>Seals so that a test can see that it was sealed: reversed, and in base64.</summary>
internal sealed class FakeSealer : ISecretSealer
{
    public string Seal(string plaintext)
    {
        var bytes = Encoding.UTF8.GetBytes(plaintext);
        Array.Reverse(bytes);
        return Convert.ToBase64String(bytes);
    }

    public string Unseal(string sealedText)
    {
        var bytes = new byte[sealedText.Length];
        if (!Convert.TryFromBase64String(sealedText, bytes, out var length)) throw new SecretUnavailableException("the seal is not one of ours");
        Array.Reverse(bytes, 0, length);
        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
