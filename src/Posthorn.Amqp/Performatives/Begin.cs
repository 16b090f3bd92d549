using System.Runtime.InteropServices;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>Begins a session on a channel (AMQP 1.0 §2.7.2).</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Begin
{
    public ushort? RemoteChannel { get; init; }

    public uint NextOutgoingId { get; init; }

    public uint IncomingWindow { get; init; }

    public uint OutgoingWindow { get; init; }

    public uint HandleMax { get; init; }

    public static Begin Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var begin = new Begin
        {
            RemoteChannel = reader.FieldUShort(),
            NextOutgoingId = reader.FieldUInt() ?? throw AmqpException.Missing("next-outgoing-id"),
            IncomingWindow = reader.FieldUInt() ?? throw AmqpException.Missing("incoming-window"),
            OutgoingWindow = reader.FieldUInt() ?? throw AmqpException.Missing("outgoing-window"),
            HandleMax = reader.FieldUInt() ?? uint.MaxValue,
        };
        reader.Leave(scope);
        return begin;
    }

    public void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Begin);
        writer.UShort(RemoteChannel);
        writer.UInt(NextOutgoingId);
        writer.UInt(IncomingWindow);
        writer.UInt(OutgoingWindow);
        writer.UInt(HandleMax);
        writer.EndList(list, 5);
    }
}
