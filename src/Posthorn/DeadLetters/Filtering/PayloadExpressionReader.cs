namespace Posthorn.DeadLetters.Filtering;

/// <summary>Reads what a term asks of the payload: comparisons and paths, with <c>||</c>, <c>&amp;&amp;</c>, <c>!</c> and parentheses.</summary>
internal sealed class PayloadExpressionReader(TermText text)
{
    private const int MaxDepth = 64;

    private readonly PayloadOperandReader _operands = new(text);

    /// <summary>Reads an expression.</summary>
    /// <exception cref="FilterException">It is none.</exception>
    public static PayloadExpression Read(TermText text)
    {
        var expression = new PayloadExpressionReader(text).ReadOr(0);
        return text.AtEnd ? expression : throw Unexpected(text);
    }

    private PayloadExpression ReadOr(int depth)
    {
        List<PayloadExpression> parts = [ReadAnd(depth)];
        while (text.TryTake("||")) parts.Add(ReadAnd(depth));
        return parts is [var only] ? only : new PayloadExpression.Or(parts);
    }

    private PayloadExpression ReadAnd(int depth)
    {
        List<PayloadExpression> parts = [ReadOne(depth)];
        while (text.TryTake("&&")) parts.Add(ReadOne(depth));
        return parts is [var only] ? only : new PayloadExpression.And(parts);
    }

    /// <summary>Reads one part, and the blanks after it.</summary>
    private PayloadExpression ReadOne(int depth)
    {
        text.SkipBlanks();
        if (depth > MaxDepth) throw text.Wrong($"parentheses and ! may be nested {MaxDepth} deep at most");
        var part = text.Next switch
        {
            '(' => ReadParentheses(depth),
            '!' => ReadNot(depth),
            _ => ReadTest(),
        };
        text.SkipBlanks();
        return part;
    }

    private PayloadExpression ReadParentheses(int depth)
    {
        text.Position++;
        var inner = ReadOr(depth + 1);
        if (text.AtEnd) throw text.Wrong("a ) is missing");
        return text.TryTake(")") ? inner : throw Unexpected(text);
    }

    private PayloadExpression.Not ReadNot(int depth)
    {
        text.Position++;
        text.SkipBlanks();
        return new PayloadExpression.Not(text.Next is '(' or '!' ? ReadOne(depth + 1) : ReadTest(isNegated: true));
    }

    private PayloadExpression ReadTest(bool isNegated = false)
    {
        var leftAt = text.Position;
        var left = _operands.Read(after: null);
        text.SkipBlanks();
        var at = text.Position;
        if (!TryTakeComparison(out var comparison))
            return left is PayloadOperand.Path path ? new PayloadExpression.Exists(path) : throw text.Wrong("a comparison is expected: ==, !=, <, <=, > or >=");

        // Whether the path or the comparison was meant would be anybody's guess.
        if (isNegated) throw text.Wrong("a comparison after ! needs parentheses: !(data.a == 1)", at);
        var compare = ReadRight(left, leftAt, comparison);
        at = text.Position;
        return TryTakeComparison(out _) ? throw text.Wrong("&& or || is expected before the next comparison", at) : compare;
    }

    private PayloadExpression.Compare ReadRight(PayloadOperand left, int leftAt, Comparison comparison)
    {
        text.SkipBlanks();
        var rightAt = text.Position;
        var right = _operands.Read(after: left);
        if (left is PayloadOperand.Literal && right is PayloadOperand.Literal) throw text.Wrong("one side must be a path, without quotes, such as data.status", leftAt);
        if (left is PayloadOperand.Path { IsPlural: true } && right is PayloadOperand.Path { IsPlural: true }) throw text.Wrong("only one side may have [*]", rightAt);
        text.SkipBlanks();
        return new PayloadExpression.Compare(left, comparison, right);
    }

    private bool TryTakeComparison(out Comparison comparison)
    {
        if (Comparisons.TryTake(text, out comparison)) return true;
        return text.Next == '=' ? throw text.Wrong("== is expected in place of =") : false;
    }

    private static FilterException Unexpected(TermText text) => text.Wrong(text.Next switch
    {
        '&' => "&& is expected in place of &",
        '|' => "|| is expected in place of |",
        ')' => "no ( belongs to this )",
        _ when IsWord(text, "and") => "&& is expected in place of the word",
        _ when IsWord(text, "or") => "|| is expected in place of the word",
        _ => "&&, || or the end is expected",
    });

    private static bool IsWord(TermText text, string word) =>
        text.Rest.StartsWith(word, StringComparison.OrdinalIgnoreCase) && (text.Rest.Length == word.Length || !PayloadOperandReader.IsOfName(text.Rest[word.Length]));
}
