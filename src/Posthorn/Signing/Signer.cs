using System.Security.Cryptography;
using System.Text;
using Posthorn.Profiles;

namespace Posthorn.Signing;

/// <summary>HMAC-SHA256 (RFC 2104) over what a contract says is signed: the one scheme, in as many layouts as profiles describe.</summary>
public static class Signer
{
    /// <summary>The signature header's value, with one signature a secret where the contract can hold several.</summary>
    /// <param name="contract">How the family signs.</param>
    /// <param name="secrets">The newest first; at least one.</param>
    /// <param name="body">The exact bytes to send.</param>
    /// <param name="values">What the placeholders stand for.</param>
    /// <exception cref="SecretUnavailableException">A secret does not have the form the contract asks for.</exception>
    public static string Sign(SignatureContract contract, IReadOnlyList<SigningSecret> secrets, ReadOnlySpan<byte> body, in TemplateValues values)
    {
        ArgumentNullException.ThrowIfNull(contract);
        ArgumentNullException.ThrowIfNull(secrets);
        var signing = contract.Separator is null ? 1 : secrets.Count;
        var text = new StringBuilder(contract.Prefix?.Render(values));
        for (var i = 0; i < signing; i++)
        {
            if (i > 0) text.Append(contract.Separator);
            AppendSignature(text, contract, Digest(contract, secrets[i], body, values), values);
        }

        return text.ToString();
    }

    private static byte[] Digest(SignatureContract contract, SigningSecret secret, ReadOnlySpan<byte> body, in TemplateValues values)
    {
        if (!KeyEncodings.TryDecode(secret, contract.Key, out var key, out var error)) throw new SecretUnavailableException($"the signing secret {error}");
        if (contract.Content.Parts is [{ Placeholder: Placeholder.Body }]) return HMACSHA256.HashData(key, body);

        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        foreach (var part in contract.Content.Parts)
        {
            if (part.Placeholder == Placeholder.Body) hmac.AppendData(body);
            else hmac.AppendData(Encoding.UTF8.GetBytes(TextOf(part, values)));
        }

        return hmac.GetHashAndReset();
    }

    private static void AppendSignature(StringBuilder text, SignatureContract contract, byte[] digest, in TemplateValues values)
    {
        foreach (var part in contract.Value.Parts)
        {
            text.Append(part.Placeholder switch
            {
                Placeholder.Hex => Convert.ToHexStringLower(digest),
                Placeholder.Base64 => Convert.ToBase64String(digest),
                _ => TextOf(part, values),
            });
        }
    }

    private static string TextOf(Template.Part part, in TemplateValues values) =>
        part.Literal ?? values.Of(part.Placeholder.GetValueOrDefault()) ?? "";
}
