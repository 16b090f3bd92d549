namespace Posthorn.Amqp.Types;

/// <summary>A name from a constrained domain, in ASCII (AMQP 1.0 §1.6.21).</summary>
public readonly record struct Symbol(string Value)
{
    /// <summary>A text taken for a symbol.</summary>
    public static implicit operator Symbol(string value) => new(value);

    /// <summary>A text taken for a symbol.</summary>
    public static Symbol FromString(string value) => new(value);

    /// <inheritdoc/>
    public override string ToString() => Value ?? "";
}
