using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>The outcome of a SASL dialog (AMQP 1.0 §5.3.3.6).</summary>
public enum SaslCode : byte
{
    /// <summary>The peer is who it says.</summary>
    Ok = 0,

    /// <summary>The credentials are wrong.</summary>
    Auth = 1,

    /// <summary>Something broke.</summary>
    Sys = 2,

    /// <summary>Something broke for good.</summary>
    SysPermanent = 3,

    /// <summary>Something broke for now.</summary>
    SysTemporary = 4,
}

/// <summary>What the client chooses (AMQP 1.0 §5.3.3.2).</summary>
internal readonly record struct SaslInit(Symbol Mechanism, byte[]? InitialResponse, string? Hostname)
{
    public static SaslInit Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var mechanism = reader.FieldSymbol() ?? throw AmqpException.Missing("mechanism");
        var response = reader.FieldBinary(out var hasResponse);
        var init = new SaslInit(mechanism, hasResponse ? response.ToArray() : null, reader.FieldName());
        reader.Leave(scope);
        return init;
    }
}

/// <summary>The frames of the SASL layer that are written here, and the response (AMQP 1.0 §5.3.3).</summary>
internal static class SaslFrames
{
    public static void WriteMechanisms(AmqpWriter writer, IReadOnlyList<Symbol> mechanisms)
    {
        var list = writer.StartComposite(Descriptor.SaslMechanisms);
        writer.Symbols(mechanisms);
        writer.EndList(list, 1);
    }

    public static void WriteChallenge(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.SaslChallenge);
        writer.Binary([]);
        writer.EndList(list, 1);
    }

    public static void WriteOutcome(AmqpWriter writer, SaslCode code)
    {
        var list = writer.StartComposite(Descriptor.SaslOutcome);
        writer.UByte((byte)code);
        writer.EndList(list, 1);
    }

    public static byte[] ReadResponse(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var response = reader.FieldBinary(out var hasResponse);
        var bytes = hasResponse ? response.ToArray() : throw AmqpException.Missing("response");
        reader.Leave(scope);
        return bytes;
    }
}
