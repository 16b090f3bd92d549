using System.Buffers;
using System.Globalization;

namespace Posthorn.DeadLetters.Filtering;

/// <summary>Reads a side of a comparison: a path or a literal.</summary>
internal sealed class PayloadOperandReader(TermText text)
{
    private const char Root = '$';
    private const int MaxIndexDigits = 9;

    private static readonly SearchValues<char> WordEnds = SearchValues.Create(" )&|\t\r\n");

    /// <summary>Reads one side.</summary>
    /// <param name="after">The side before it; null when it is the first.</param>
    /// <exception cref="FilterException">It is neither path nor literal.</exception>
    public PayloadOperand Read(PayloadOperand? after)
    {
        var problem = text.Next switch
        {
            '“' or '”' or '„' or '‘' or '’' or '`' or '«' => "straight quotes are expected: \" or '",
            '@' => "a path begins with $, or with a name",
            '.' => "a path begins with a name: data.status",
            '[' when after is PayloadOperand.Path => "a value is expected; a list is none, and a path here begins with $ or data",
            var c when c is Root or '[' or '"' or '\'' or '-' || char.IsAsciiDigit(c) || IsOfName(c) => null,
            _ => after is null ? "a path such as data.status is expected" : "a value is expected: \"text\", a number, true, false, null or a path",
        };
        if (problem is not null) throw text.Wrong(problem);
        if (text.Next is '"' or '\'') return new PayloadOperand.Literal(JsonLiterals.Of(QuotedText.Read(text)));
        if (text.Next == '-' || char.IsAsciiDigit(text.Next)) return new PayloadOperand.Literal(JsonLiterals.ReadNumber(text));
        return ReadWord(after);
    }

    /// <summary>Whether a character may stand in a name without quotes.</summary>
    internal static bool IsOfName(char c) => char.IsLetterOrDigit(c) || c is '_' or '-';

    /// <summary>Reads what begins with neither a quote nor a digit: true, false, null, or a path.</summary>
    private PayloadOperand ReadWord(PayloadOperand? after)
    {
        var at = text.Position;
        var first = ReadName();
        if (text.Next is not ('.' or '[') && JsonLiterals.OfWord(first) is { } literal) return new PayloadOperand.Literal(literal);
        if (after is PayloadOperand.Path && first.Length > 0 && first != PayloadOperand.Path.Data) throw NoPath(first, at);
        if (first.Length == 0 && text.TryTake("$") && IsOfName(text.Next)) throw text.Wrong("a . is expected after $");
        List<PathStep> steps = first.Length > 0 ? [new PathStep.Name(first)] : [];
        while (text.Next is '.' or '[') steps.Add(text.Next == '.' ? ReadDotted() : ReadBracketed());
        return new PayloadOperand.Path(steps);
    }

    /// <summary>On the right of a path a word is a text whose quotes are missing, or were eaten by the shell.</summary>
    private FilterException NoPath(string word, int at)
    {
        var rest = text.Value.AsSpan(at);
        var end = rest.IndexOfAny(WordEnds);
        var typed = end < 0 ? rest : rest[..end];
        return text.Wrong(
            JsonLiterals.OfWord(word.ToLowerInvariant()) is not null ? "true, false and null are written in lower case"
            : $"a text needs quotes: \"{Printable.Short(typed)}\"; a path here begins with $ or {PayloadOperand.Path.Data}",
            at);
    }

    private PathStep.Name ReadDotted()
    {
        text.Position++;
        if (text.Next == '*') throw text.Wrong("[*] is expected in place of .*", text.Position - 1);
        return IsOfName(text.Next) ? new PathStep.Name(ReadName()) : throw text.Wrong("a name is expected; one with other characters is written as [\"na me\"]");
    }

    private PathStep ReadBracketed()
    {
        text.Position++;
        text.SkipBlanks();
        PathStep step = text.TryTake("*") ? new PathStep.Any()
            : text.Next is '"' or '\'' ? new PathStep.Name(QuotedText.Read(text))
            : new PathStep.Index(ReadIndex());
        text.SkipBlanks();
        return text.TryTake("]") ? step : throw text.Wrong("a ] is expected");
    }

    private int ReadIndex()
    {
        var isFromEnd = text.TryTake("-");
        var at = text.Position;
        var digits = text.TakeDigits();
        if (digits.Length == 0) throw text.Wrong("an index, a name in quotes or * is expected");
        if (digits.Length > MaxIndexDigits) throw text.Wrong("the index is too large", at);
        var index = int.Parse(digits, CultureInfo.InvariantCulture);
        return isFromEnd ? -index : index;
    }

    private string ReadName()
    {
        var start = text.Position;
        while (IsOfName(text.Next)) text.Position++;
        return text.Value[start..text.Position];
    }
}
