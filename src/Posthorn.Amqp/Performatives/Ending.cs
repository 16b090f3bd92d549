using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>Detaches a link (AMQP 1.0 §2.7.7).</summary>
internal readonly record struct Detach(uint Handle, bool Closed, AmqpError? Error)
{
    public static Detach Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var detach = new Detach(
            reader.FieldUInt() ?? throw AmqpException.Missing("handle"),
            reader.FieldBoolean() ?? false,
            reader.NextField() ? AmqpError.Read(ref reader) : null);
        reader.Leave(scope);
        return detach;
    }

    public void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Detach);
        writer.UInt(Handle);
        writer.Boolean(Closed);
        Error?.Write(writer);
        writer.EndList(list, Error is null ? 2 : 3);
    }
}

/// <summary>Ends a session (AMQP 1.0 §2.7.8) or closes a connection (§2.7.9): both have an error, or none.</summary>
internal static class Ending
{
    public static AmqpError? Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var error = reader.NextField() ? AmqpError.Read(ref reader) : null;
        reader.Leave(scope);
        return error;
    }

    public static void Write(AmqpWriter writer, Descriptor descriptor, AmqpError? error)
    {
        var list = writer.StartComposite(descriptor);
        error?.Write(writer);
        writer.EndList(list, error is null ? 0 : 1);
    }
}
