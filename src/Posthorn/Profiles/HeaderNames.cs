using System.Buffers;

namespace Posthorn.Profiles;

/// <summary>The letters of HTTP headers (RFC 9110, sections 5.1 and 5.5).</summary>
public static class HeaderNames
{
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Whether the text is a token, the only thing that may name a header.</summary>
    public static bool IsToken(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExcept(TokenCharacters);

    /// <summary>Whether the text may be a header's value as it stands: visible ASCII and inner spaces, so nothing can end the line.</summary>
    public static bool IsValue(string text) =>
        !text.AsSpan().ContainsAnyExceptInRange(' ', '~') && (text.Length == 0 || (text[0] != ' ' && text[^1] != ' '));
}
