using Posthorn.Envelopes;

namespace Posthorn.Worker.Sending;

/// <summary>Where <c>posthorn send</c> sends: a queue file, or a worker's API.</summary>
internal interface ISendTarget : IDisposable
{
    /// <summary>What to call it.</summary>
    string Name { get; }

    /// <summary>Sends a batch; the accepted ones are durable when the task completes.</summary>
    /// <returns>One outcome an envelope, in order.</returns>
    /// <exception cref="SendFailedException">The target cannot take anything now.</exception>
    Task<IReadOnlyList<SendOutcome>> SendAsync(IReadOnlyList<FiledEnvelope> batch, CancellationToken cancellationToken);
}

/// <summary>What became of one envelope.</summary>
/// <param name="Id">Its id, when it has one that was accepted.</param>
/// <param name="Kind">What became of it.</param>
/// <param name="Errors">Why it was refused.</param>
internal sealed record SendOutcome(string? Id, SendOutcomeKind Kind, IReadOnlyList<EnvelopeError> Errors)
{
    public static SendOutcome Refused(params IReadOnlyList<EnvelopeError> errors) => new(Id: null, SendOutcomeKind.Refused, errors);
}

/// <summary>The ways an envelope can go.</summary>
internal enum SendOutcomeKind
{
    /// <summary>On the queue.</summary>
    Accepted,

    /// <summary>It was there before.</summary>
    Duplicate,

    /// <summary>Not accepted.</summary>
    Refused,
}

/// <summary>A target takes nothing; the message says why in one line.</summary>
internal sealed class SendFailedException(string message) : Exception(message);
