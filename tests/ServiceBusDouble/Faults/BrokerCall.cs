namespace Posthorn.ServiceBusDouble;

/// <summary>One call to the broker, as the log keeps it and a fault is chosen for it.</summary>
/// <param name="Operation">What was asked.</param>
/// <param name="EntityPath">Of what; the dead letters of <c>q</c> are <c>q/$DeadLetterQueue</c>.</param>
/// <param name="MessageIds">The messages it is about; empty for a receive or a peek.</param>
/// <param name="Earlier">How many calls of the operation went before it, since the namespace was started.</param>
/// <param name="At">When, by the namespace's clock.</param>
/// <param name="InTransaction">Whether a transaction was ambient.</param>
public sealed record BrokerCall(
    BrokerOperation Operation,
    string EntityPath,
    IReadOnlyList<string> MessageIds,
    int Earlier,
    DateTimeOffset At,
    bool InTransaction);
