namespace Posthorn.DeadLetters.Filtering;

/// <summary>A term's value as it is read from left to right; it says what is wrong, and where.</summary>
internal sealed class TermText(FilterTerm term, string example)
{
    /// <summary>The longest value; the readers' recursion and time are bounded by it.</summary>
    public const int MaxLength = 4096;

    /// <summary>The term itself.</summary>
    public FilterTerm Term => term;

    /// <summary>The whole value.</summary>
    public string Value => term.Value;

    /// <summary>Where the reader stands.</summary>
    public int Position { get; set; }

    /// <summary>Whether everything has been read.</summary>
    public bool AtEnd => Position >= Value.Length;

    /// <summary>The next character; U+0000, which no value holds, at the end.</summary>
    public char Next => AtEnd ? '\0' : Value[Position];

    /// <summary>What has not been read.</summary>
    public ReadOnlySpan<char> Rest => Value.AsSpan(Position);

    /// <summary>Refuses what no value may be.</summary>
    /// <exception cref="FilterException">It is empty or too long, or holds what is no text.</exception>
    public void Check(bool mayHaveLines)
    {
        if (Value.Length == 0) throw Wrong("a value is missing", 0);
        if (Value.Length > MaxLength) throw Wrong($"a value has at most {MaxLength} characters", MaxLength);
        for (var at = 0; at < Value.Length; at++)
        {
            if (char.IsControl(Value[at]) && !(mayHaveLines && IsBlank(Value[at]))) throw Wrong("a control character cannot stand in a value", at);
            if (!char.IsSurrogate(Value[at])) continue;
            if (at + 1 == Value.Length || !char.IsSurrogatePair(Value[at], Value[at + 1])) throw Wrong("half a surrogate pair is no text", at);
            at++;
        }
    }

    /// <summary>Goes on to the next character that is not blank.</summary>
    public void SkipBlanks()
    {
        while (IsBlank(Next)) Position++;
    }

    /// <summary>Takes a text if it is what comes next.</summary>
    public bool TryTake(string expected)
    {
        if (!Rest.StartsWith(expected, StringComparison.Ordinal)) return false;
        Position += expected.Length;
        return true;
    }

    /// <summary>Takes the digits that come next; there may be none.</summary>
    public ReadOnlySpan<char> TakeDigits()
    {
        var start = Position;
        while (char.IsAsciiDigit(Next)) Position++;
        return Value.AsSpan(start, Position - start);
    }

    /// <summary>Makes sure that nothing but blanks is left.</summary>
    public void End(string problem)
    {
        SkipBlanks();
        if (!AtEnd) throw Wrong(problem);
    }

    /// <summary>What is wrong where the reader stands.</summary>
    public FilterException Wrong(string problem) => Wrong(problem, Position);

    /// <summary>What is wrong at a place.</summary>
    public FilterException Wrong(string problem, int at) => new(term, Math.Clamp(at, 0, Value.Length), problem, example);

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\r' or '\n';
}
