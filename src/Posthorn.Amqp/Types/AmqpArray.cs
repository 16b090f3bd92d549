namespace Posthorn.Amqp.Types;

/// <summary>A sequence of values of one type (AMQP 1.0 §1.6.24). An array is not a list: its elements share one constructor.</summary>
/// <param name="Items">The elements; none of them null.</param>
public sealed record AmqpArray(IReadOnlyList<object?> Items)
{
    /// <summary>An array of symbols, which is what the specification's "multiple" fields are (§1.4).</summary>
    public static AmqpArray Of(IEnumerable<Symbol> symbols) => new([.. symbols.Select(symbol => (object?)symbol)]);

    /// <inheritdoc/>
    public bool Equals(AmqpArray? other) => other is not null && Items.SequenceEqual(other.Items);

    /// <inheritdoc/>
    public override int GetHashCode() => Items.Count == 0 ? 0 : HashCode.Combine(Items.Count, Items[0]);
}
