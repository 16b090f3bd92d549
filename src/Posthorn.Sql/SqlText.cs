using System.Security.Cryptography;
using System.Text;

namespace Posthorn.Sql;

/// <summary>Texts from outside, as every database takes them: a record is not lost for a character in it.</summary>
internal static class SqlText
{
    /// <summary>PostgreSQL indexes at most 2704 bytes of a row; a character of .NET is at most three.</summary>
    private const int MaxIdLength = 500;

    private const char Replacement = '\uFFFD';

    /// <summary>The text, with U+FFFD for U+0000, which PostgreSQL does not store, and for halves of surrogate pairs, which are no UTF-8.</summary>
    public static string Clean(string text)
    {
        var isPlain = !text.Contains('\0', StringComparison.Ordinal) && text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0;
        return isPlain ? text : Replaced(text);
    }

    /// <summary>An id, cleaned; of one that is longer than any we make, the beginning and a digest.</summary>
    public static string Id(string id)
    {
        var clean = Clean(id);
        if (clean.Length <= MaxIdLength) return clean;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(clean)));
        return Clean(string.Concat(clean.AsSpan(0, MaxIdLength - digest.Length - 1), "~", digest));
    }

    private static string Replaced(string text) => string.Create(text.Length, text, static (target, source) =>
    {
        for (var i = 0; i < source.Length; i++)
        {
            var isPair = i + 1 < source.Length && char.IsSurrogatePair(source[i], source[i + 1]);
            if (isPair) target[i] = source[i++];
            target[i] = !isPair && (source[i] == '\0' || char.IsSurrogate(source[i])) ? Replacement : source[i];
        }
    });
}
