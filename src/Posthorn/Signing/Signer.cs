using System.Buffers;
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
        var parts = contract.Content.Parts;
        if (parts is [{ Placeholder: Placeholder.Body }]) return HMACSHA256.HashData(key, body);

        // In one piece: one call of the cipher library costs less than one a part, and a copy of the body.
        var content = ArrayPool<byte>.Shared.Rent(LengthOf(parts, body, values));
        try
        {
            return HMACSHA256.HashData(key, content.AsSpan(0, Write(parts, body, values, content)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }

    private static int LengthOf(IReadOnlyList<Template.Part> parts, ReadOnlySpan<byte> body, in TemplateValues values)
    {
        var length = 0;
        foreach (var part in parts) length += part.Placeholder == Placeholder.Body ? body.Length : Encoding.UTF8.GetMaxByteCount(TextOf(part, values).Length);
        return length;
    }

    private static int Write(IReadOnlyList<Template.Part> parts, ReadOnlySpan<byte> body, in TemplateValues values, Span<byte> content)
    {
        var written = 0;
        foreach (var part in parts)
        {
            if (part.Placeholder == Placeholder.Body) body.CopyTo(content[written..]);
            written += part.Placeholder == Placeholder.Body ? body.Length : Encoding.UTF8.GetBytes(TextOf(part, values), content[written..]);
        }

        return written;
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
