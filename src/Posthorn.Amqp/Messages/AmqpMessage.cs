using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Messages;

/// <summary>
/// A message as it came (AMQP 1.0 §3.2): its sections as slices of its bytes, all of them checked, and each decoded when it is asked
/// for. Passing one on needs no encoding.
/// </summary>
public sealed class AmqpMessage
{
    private readonly AmqpLimits _limits;
    private readonly List<ReadOnlyMemory<byte>> _sequences = [];
    private readonly List<ReadOnlyMemory<byte>> _data = new(1);
    private ReadOnlyMemory<byte> _header;
    private ReadOnlyMemory<byte> _deliveryAnnotations;
    private ReadOnlyMemory<byte> _messageAnnotations;
    private ReadOnlyMemory<byte> _properties;
    private ReadOnlyMemory<byte> _applicationProperties;
    private ReadOnlyMemory<byte> _value;
    private ReadOnlyMemory<byte> _footer;
    private int _bareStart = -1;
    private int _bareEnd;
    private int _headEnd;

    private AmqpMessage(ReadOnlyMemory<byte> encoded, AmqpLimits limits) => (Encoded, _limits) = (encoded, limits);

    /// <summary>All of it.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>The bare message, which no intermediary may change: properties, application properties and body.</summary>
    public ReadOnlyMemory<byte> Bare => _bareStart < 0 ? default : Encoded[_bareStart.._bareEnd];

    /// <summary>What of the bare message comes before its body: properties and application properties.</summary>
    public ReadOnlyMemory<byte> Head => _headEnd <= _bareStart ? default : Encoded[_bareStart.._headEnd];

    /// <summary>How it is to travel; null when it doesn't say.</summary>
    public MessageHeader? Header => Section(_header, out var reader) ? MessageHeader.Read(ref reader) : null;

    /// <summary>Annotations for the next hop; null when there are none.</summary>
    public AmqpMap? DeliveryAnnotations => Map(_deliveryAnnotations);

    /// <summary>Annotations for the whole way; null when there are none.</summary>
    public AmqpMap? MessageAnnotations => Map(_messageAnnotations);

    /// <summary>The standard properties; null when there are none.</summary>
    public MessageProperties? Properties => Section(_properties, out var reader) ? MessageProperties.Read(ref reader) : null;

    /// <summary>The properties of the application; null when there are none.</summary>
    public AmqpMap? ApplicationProperties => Map(_applicationProperties);

    /// <summary>The body's data sections; several are allowed (§3.2.6). Empty when the body is of another kind.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Data => _data;

    /// <summary>Whether the body is one value.</summary>
    public bool HasValue => !_value.IsEmpty;

    /// <summary>The body's value as it is encoded; empty when the body is of another kind.</summary>
    public ReadOnlyMemory<byte> EncodedValue => _value;

    /// <summary>Whether the body is one or more sequences.</summary>
    public bool HasSequences => _sequences.Count > 0;

    /// <summary>Annotations that were computed over the message; null when there are none.</summary>
    public AmqpMap? Footer => Map(_footer);

    /// <summary>Takes a message apart.</summary>
    /// <exception cref="AmqpException">The bytes are no message.</exception>
    public static AmqpMessage Read(ReadOnlyMemory<byte> encoded, AmqpLimits limits)
    {
        var message = new AmqpMessage(encoded, limits);
        var reader = new AmqpReader(encoded.Span, limits);
        for (var last = Descriptor.Unknown; !reader.IsAtEnd;) last = message.ReadSection(ref reader, last);
        return message;
    }

    /// <summary>Decodes the body's value.</summary>
    public object? ReadValue() => Section(_value, out var reader) ? reader.ReadValue() : null;

    /// <summary>Decodes the body's sequences.</summary>
    public IReadOnlyList<object?> ReadSequences() => [.. _sequences.Select(sequence => Section(sequence, out var reader) ? reader.ReadValue() : null)];

    /// <summary>Reads one section; they come in the order of their descriptors (§3.2).</summary>
    private Descriptor ReadSection(ref AmqpReader reader, Descriptor last)
    {
        var start = reader.Position;
        var section = reader.ReadDescriptor();
        if (section is < Descriptor.Header or > Descriptor.Footer) throw AmqpException.Decode("A message has a section that is none.");
        var mayRepeat = section is Descriptor.Data or Descriptor.Sequence;
        if (section < last || (section == last && !mayRepeat)) throw AmqpException.Decode($"The section {section} is out of order.");
        if (IsBody(section) && IsBody(last) && section != last) throw AmqpException.Decode("The body is of two kinds.");
        Take(section, ref reader);
        if (section is >= Descriptor.Properties and <= Descriptor.Value)
        {
            if (_bareStart < 0) _bareStart = start;
            _bareEnd = reader.Position;
            if (!IsBody(section)) _headEnd = reader.Position;
        }

        return section;
    }

    private static bool IsBody(Descriptor section) => section is Descriptor.Data or Descriptor.Sequence or Descriptor.Value;

    private void Take(Descriptor section, ref AmqpReader reader)
    {
        if (section == Descriptor.Data)
        {
            var length = reader.ReadBinary().Length;
            _data.Add(Encoded.Slice(reader.Position - length, length));
            return;
        }

        var start = reader.Position;
        Check(section, ref reader);
        var slice = Encoded[start..reader.Position];
        switch (section)
        {
            case Descriptor.Header: _header = slice; break;
            case Descriptor.DeliveryAnnotations: _deliveryAnnotations = slice; break;
            case Descriptor.MessageAnnotations: _messageAnnotations = slice; break;
            case Descriptor.Properties: _properties = slice; break;
            case Descriptor.ApplicationProperties: _applicationProperties = slice; break;
            case Descriptor.Sequence: _sequences.Add(slice); break;
            case Descriptor.Value: _value = slice; break;
            default: _footer = slice; break;
        }
    }

    /// <summary>Reads a section so that decoding it later cannot fail. What it makes is garbage at once, and small.</summary>
    private static void Check(Descriptor section, ref AmqpReader reader)
    {
        switch (section)
        {
            case Descriptor.Header: MessageHeader.Read(ref reader); break;
            case Descriptor.Properties: MessageProperties.Read(ref reader); break;
            case Descriptor.Value or Descriptor.Sequence: reader.Skip(); break;
            default: reader.ReadMap(); break;
        }
    }

    private AmqpMap? Map(ReadOnlyMemory<byte> slice) => Section(slice, out var reader) ? reader.ReadMap() : null;

    private bool Section(ReadOnlyMemory<byte> slice, out AmqpReader reader)
    {
        reader = new AmqpReader(slice.Span, _limits);
        return !slice.IsEmpty;
    }
}
