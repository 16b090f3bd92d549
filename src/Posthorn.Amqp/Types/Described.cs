namespace Posthorn.Amqp.Types;

/// <summary>A value with a descriptor that says what it means (AMQP 1.0 §1.2, §1.3.2).</summary>
/// <param name="Descriptor">A <see cref="Symbol"/> or a <see cref="ulong"/>; other values are reserved.</param>
/// <param name="Value">The described value.</param>
public sealed record Described(object Descriptor, object? Value);
