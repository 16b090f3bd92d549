using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Messages;

/// <summary>Writes a message, section by section, in the order the specification has them (AMQP 1.0 §3.2).</summary>
public sealed class MessageBuilder : IDisposable
{
    private readonly AmqpBuffer _buffer = new();
    private readonly AmqpWriter _writer;
    private Descriptor _last = Descriptor.Unknown;

    /// <summary>An empty message.</summary>
    public MessageBuilder() => _writer = new(_buffer);

    /// <summary>What was written, until the next section or the builder's end.</summary>
    public ReadOnlyMemory<byte> Encoded => _buffer.WrittenMemory;

    /// <summary>Writes how it is to travel.</summary>
    public MessageBuilder Header(MessageHeader header)
    {
        After(Descriptor.Header);
        header.Write(_writer);
        return this;
    }

    /// <summary>Writes annotations for the next hop; none when there are none.</summary>
    public MessageBuilder DeliveryAnnotations(AmqpMap? annotations) => Map(Descriptor.DeliveryAnnotations, annotations);

    /// <summary>Writes annotations for the whole way; none when there are none.</summary>
    public MessageBuilder MessageAnnotations(AmqpMap? annotations) => Map(Descriptor.MessageAnnotations, annotations);

    /// <summary>Writes the standard properties.</summary>
    public MessageBuilder Properties(MessageProperties properties)
    {
        After(Descriptor.Properties);
        properties.Write(_writer);
        return this;
    }

    /// <summary>Writes the properties of the application; none when there are none.</summary>
    public MessageBuilder ApplicationProperties(AmqpMap? properties) => Map(Descriptor.ApplicationProperties, properties);

    /// <summary>Writes a data section; more may follow.</summary>
    public MessageBuilder Data(ReadOnlySpan<byte> data)
    {
        After(Descriptor.Data);
        _writer.Describe(Descriptor.Data);
        _writer.Binary(data);
        return this;
    }

    /// <summary>Writes a sequence section; more may follow.</summary>
    public MessageBuilder Sequence(IReadOnlyList<object?> sequence)
    {
        After(Descriptor.Sequence);
        _writer.Describe(Descriptor.Sequence);
        _writer.List(sequence);
        return this;
    }

    /// <summary>Writes a body of one value.</summary>
    public MessageBuilder Value(object? value)
    {
        After(Descriptor.Value);
        _writer.Describe(Descriptor.Value);
        _writer.Value(value);
        return this;
    }

    /// <summary>Writes the head of a bare message as it came: properties and application properties.</summary>
    public MessageBuilder Head(ReadOnlySpan<byte> head)
    {
        After(Descriptor.Properties);
        _last = Descriptor.ApplicationProperties;
        _writer.Raw(head);
        return this;
    }

    /// <summary>Writes a bare message as it came: properties, application properties and body.</summary>
    public MessageBuilder Bare(ReadOnlySpan<byte> bare)
    {
        After(Descriptor.Properties);
        _last = Descriptor.Value;
        _writer.Raw(bare);
        return this;
    }

    /// <summary>Writes annotations computed over the message; none when there are none.</summary>
    public MessageBuilder Footer(AmqpMap? footer) => Map(Descriptor.Footer, footer);

    /// <summary>Empties it for another message.</summary>
    public void Clear()
    {
        _buffer.Clear();
        _last = Descriptor.Unknown;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private MessageBuilder Map(Descriptor section, AmqpMap? map)
    {
        if (map is not { Count: > 0 }) return this;
        After(section);
        _writer.Describe(section);
        _writer.Map(map);
        return this;
    }

    private void After(Descriptor section)
    {
        var mayRepeat = section is Descriptor.Data or Descriptor.Sequence;
        if (section < _last || (section == _last && !mayRepeat)) throw new InvalidOperationException($"The section {section} comes before {_last}.");
        _last = section;
    }
}
