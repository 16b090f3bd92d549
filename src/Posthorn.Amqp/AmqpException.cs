using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp;

/// <summary>How much of a connection an error ends.</summary>
public enum ErrorScope
{
    /// <summary>The whole connection (AMQP 1.0 §2.4.3).</summary>
    Connection,

    /// <summary>One session (AMQP 1.0 §2.5.5).</summary>
    Session,

    /// <summary>One link (AMQP 1.0 §2.6.5).</summary>
    Link,
}

/// <summary>A peer broke a rule. It becomes a close, an end or a detach in one place each, and never leaves the connection.</summary>
#pragma warning disable CA1032, MA0055 // It is nothing without its error.
public sealed class AmqpException(AmqpError error, ErrorScope scope = ErrorScope.Connection) : Exception(error.ToString())
#pragma warning restore CA1032, MA0055
{
    /// <summary>What the peer is told.</summary>
    public AmqpError Error { get; } = error;

    /// <summary>How much it ends.</summary>
    public ErrorScope Scope { get; } = scope;

    internal static AmqpException Decode(string description) => new(new(ErrorCondition.DecodeError, description));

    internal static AmqpException Framing(string description) => new(new(ErrorCondition.FramingError, description));

    internal static AmqpException Missing(string field) => new(new(ErrorCondition.InvalidField, $"The field '{field}' is mandatory."));

    internal static AmqpException Invalid(string description, ErrorScope scope = ErrorScope.Connection) => new(new(ErrorCondition.InvalidField, description), scope);

    internal static AmqpException NotAllowed(string description, ErrorScope scope = ErrorScope.Connection) => new(new(ErrorCondition.NotAllowed, description), scope);

    internal static AmqpException TooMuch(string description, ErrorScope scope = ErrorScope.Connection) => new(new(ErrorCondition.ResourceLimitExceeded, description), scope);
}
