using Posthorn.Amqp.Framing;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Connections;

/// <summary>
/// The SASL layer, from the server's side (AMQP 1.0 §5.3.2): mechanisms, init, perhaps a challenge and its response, outcome.
/// One round is all that the mechanisms here need.
/// </summary>
internal sealed class SaslDialog(AmqpConnection connection, IReadOnlyList<Symbol> mechanisms, FrameOutput output)
{
    private SaslInit? _init;

    /// <summary>What the peer gave; null until it has.</summary>
    public SaslCredentials? Credentials { get; private set; }

    /// <summary>Offers the mechanisms (§5.3.3.1).</summary>
    public void Start()
    {
        SaslFrames.WriteMechanisms(output.Frames.Start(0, FrameHeader.SaslType), mechanisms);
        output.Frames.End();
    }

    /// <summary>Takes a frame of the peer's.</summary>
    public void Take(ReadOnlySpan<byte> body)
    {
        var reader = new AmqpReader(body, connection.Options.Limits);
        switch (reader.ReadDescriptor())
        {
            case Descriptor.SaslInit when _init is null:
                Begin(SaslInit.Read(ref reader));
                break;
            case Descriptor.SaslResponse when _init is { } init && Credentials is null:
                Credentials = new(init.Mechanism, SaslFrames.ReadResponse(ref reader), init.Hostname);
                break;
            default:
                throw AmqpException.NotAllowed("This frame has no place in the SASL dialog.");
        }
    }

    /// <summary>Tells the outcome (§5.3.3.6).</summary>
    public void Finish(SaslCode code)
    {
        SaslFrames.WriteOutcome(output.Frames.Start(0, FrameHeader.SaslType), code);
        output.Frames.End();
    }

    private void Begin(SaslInit init)
    {
        _init = init;
        var needsResponse = init.InitialResponse is null && string.Equals(init.Mechanism.Value, SaslCredentials.Plain, StringComparison.Ordinal);
        if (!needsResponse)
        {
            Credentials = new(init.Mechanism, init.InitialResponse, init.Hostname);
            return;
        }

        SaslFrames.WriteChallenge(output.Frames.Start(0, FrameHeader.SaslType));
        output.Frames.End();
    }

    /// <summary>Whether the mechanism was offered.</summary>
    public bool IsOffered(Symbol mechanism) => mechanisms.Contains(mechanism);
}
