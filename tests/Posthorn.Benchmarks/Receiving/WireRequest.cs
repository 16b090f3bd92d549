using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Benchmarks.Receiving;

/// <summary>One request of the profile <c>standard</c>, judged by Standard Webhooks 1.0; nothing of it is the product's code.</summary>
/// <param name="head">Its request line and headers.</param>
/// <param name="at">When its first byte came.</param>
internal sealed class WireRequest(string head, long at)
{
    public long At => at;

    public string Id { get; } = HeaderOf(head, "webhook-id");

    public int ContentLength { get; } = int.TryParse(HeaderOf(head, "content-length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : 0;

    public byte[] Body { get; set; } = [];

    public string Digest() => DigestOf(Body);

    public static string DigestOf(ReadOnlySpan<byte> body) => Convert.ToHexStringLower(SHA256.HashData(body));

    /// <summary>Whether it carries the signature this secret makes.</summary>
    /// <param name="secret">The key, as bytes.</param>
    public bool IsSignedWith(ReadOnlySpan<byte> secret)
    {
        byte[] content = [.. Encoding.UTF8.GetBytes($"{Id}.{HeaderOf(head, "webhook-timestamp")}."), .. Body];
        return HeaderOf(head, "webhook-signature") == $"v1,{Convert.ToBase64String(HMACSHA256.HashData(secret, content))}";
    }

    private static string HeaderOf(string head, string name)
    {
        foreach (var line in head.AsSpan().EnumerateLines())
        {
            var colon = line.IndexOf(':');
            if (colon > 0 && line[..colon].Equals(name, StringComparison.OrdinalIgnoreCase)) return line[(colon + 1)..].Trim().ToString();
        }

        return "";
    }
}
