namespace Posthorn.DeadLetters.Filtering;

/// <summary>A text in which <c>*</c> stands for any characters, or none.</summary>
internal sealed class TextPattern(string pattern, StringComparison comparison)
{
    /// <summary>What stands for any characters.</summary>
    public const char Any = '*';

    private readonly string[] _pieces = pattern.Split(Any);

    /// <summary>Whether a text is one of those; no text is none.</summary>
    public bool Matches(string? text) => text is not null && Matches(text.AsSpan());

    /// <inheritdoc cref="Matches(string?)"/>
    public bool Matches(ReadOnlySpan<char> text)
    {
        if (_pieces is [var only]) return text.Equals(only, comparison);
        if (!text.StartsWith(_pieces[0], comparison)) return false;
        var rest = text[_pieces[0].Length..];
        foreach (var piece in _pieces.AsSpan(1, _pieces.Length - 2))
        {
            var at = rest.IndexOf(piece, comparison);
            if (at < 0) return false;
            rest = rest[(at + piece.Length)..];
        }

        return rest.EndsWith(_pieces[^1], comparison);
    }
}
