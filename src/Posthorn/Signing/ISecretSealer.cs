namespace Posthorn.Signing;

/// <summary>Encrypts what must not lie on a queue in clear.</summary>
public interface ISecretSealer
{
    /// <summary>Seals a text; the answer is printable ASCII.</summary>
    string Seal(string plaintext);

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    /// <exception cref="SecretUnavailableException">The key is not at hand, or the text was not sealed by one of ours.</exception>
    string Unseal(string sealedText);
}

/// <summary>A secret cannot be had now. The message names where it should have come from, never what it is.</summary>
public sealed class SecretUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
