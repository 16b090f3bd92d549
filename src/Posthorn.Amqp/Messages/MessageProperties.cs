using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Messages;

/// <summary>The immutable properties every message may have (AMQP 1.0 §3.2.4).</summary>
public sealed record MessageProperties
{
    /// <summary>What the message is known by: a string, a <see cref="ulong"/>, a <see cref="Guid"/> or bytes.</summary>
    public object? MessageId { get; init; }

    /// <summary>Who made it.</summary>
    public ReadOnlyMemory<byte>? UserId { get; init; }

    /// <summary>The address of the node it is meant for.</summary>
    public string? To { get; init; }

    /// <summary>What it is about.</summary>
    public string? Subject { get; init; }

    /// <summary>The address of the node to send replies to.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>The message it belongs to: of the types of <see cref="MessageId"/>.</summary>
    public object? CorrelationId { get; init; }

    /// <summary>The MIME type of the body.</summary>
    public Symbol? ContentType { get; init; }

    /// <summary>How the body is encoded.</summary>
    public Symbol? ContentEncoding { get; init; }

    /// <summary>When it is of no more use.</summary>
    public AmqpTimestamp? AbsoluteExpiryTime { get; init; }

    /// <summary>When it was made.</summary>
    public AmqpTimestamp? CreationTime { get; init; }

    /// <summary>The group it belongs to.</summary>
    public string? GroupId { get; init; }

    /// <summary>Where in the group it stands.</summary>
    public uint? GroupSequence { get; init; }

    /// <summary>The group replies belong to.</summary>
    public string? ReplyToGroupId { get; init; }

    internal static MessageProperties Read(ref AmqpReader reader)
    {
        var scope = reader.EnterFields();
        var id = reader.FieldValue();
        var user = reader.FieldBinary(out var hasUser);
        var properties = new MessageProperties
        {
            MessageId = Identifier(id),
            UserId = hasUser ? user.ToArray() : (ReadOnlyMemory<byte>?)null,
            To = reader.FieldString(),
            Subject = reader.FieldString(),
            ReplyTo = reader.FieldString(),
            CorrelationId = Identifier(reader.FieldValue()),
            ContentType = reader.FieldSymbol(),
            ContentEncoding = reader.FieldSymbol(),
            AbsoluteExpiryTime = reader.FieldTimestamp(),
            CreationTime = reader.FieldTimestamp(),
            GroupId = reader.FieldString(),
            GroupSequence = reader.FieldUInt(),
            ReplyToGroupId = reader.FieldString(),
        };
        reader.Leave(scope);
        return properties;
    }

    internal void Write(AmqpWriter writer)
    {
        var list = writer.StartComposite(Descriptor.Properties);
        writer.Value(MessageId);
        if (UserId is { } user) writer.Binary(user.Span);
        else writer.Null();
        writer.String(To);
        writer.String(Subject);
        writer.String(ReplyTo);
        writer.Value(CorrelationId);
        writer.Symbol(ContentType);
        writer.Symbol(ContentEncoding);
        writer.Timestamp(AbsoluteExpiryTime);
        writer.Timestamp(CreationTime);
        writer.String(GroupId);
        writer.UInt(GroupSequence);
        writer.String(ReplyToGroupId);
        writer.EndList(list, 13);
    }

    /// <summary>A message's id is of one of four types (§3.2.11–14).</summary>
    private static object? Identifier(object? id) => id switch
    {
        null or string or ulong or Guid or byte[] => id,
        _ => throw AmqpException.Decode("A message's id is a string, a ulong, a uuid or binary."),
    };
}
