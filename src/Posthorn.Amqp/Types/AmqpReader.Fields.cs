using System.Runtime.InteropServices;
using Posthorn.Amqp.Performatives;

namespace Posthorn.Amqp.Types;

/// <summary>The fields of composite types (AMQP 1.0 §1.4), in their order. A field that is null or left out at the end has no value.</summary>
public ref partial struct AmqpReader
{
    /// <summary>What encloses a composite that is being read.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Scope(int FieldsLeft, int FieldsEnd);

    /// <summary>Reads a descriptor; <see cref="Descriptor.Unknown"/> when it is none that the specification has.</summary>
    internal Descriptor ReadDescriptor()
    {
        if (Code() is var code && code != FormatCode.Described) throw Unexpected(code, "a described type");
        if (Left == 0) throw TooShort();
        return _data[Position] is FormatCode.Symbol8 or FormatCode.Symbol32
            ? Descriptors.FromSymbol(ReadSymbolBytes())
            : (Descriptor)ReadULong();
    }

    /// <summary>Begins the fields of a composite whose descriptor was read.</summary>
    internal Scope EnterFields()
    {
        Deeper();
        var outer = new Scope(_fieldsLeft, _fieldsEnd);
        _fieldsLeft = ListHeader(out _fieldsEnd);
        return outer;
    }

    internal Scope EnterComposite(Descriptor expected)
    {
        if (ReadDescriptor() != expected) throw AmqpException.Decode($"A value described as {expected} belongs here.");
        return EnterFields();
    }

    /// <summary>Ends the fields; those of a later version are passed over.</summary>
    internal void Leave(Scope outer)
    {
        for (; _fieldsLeft > 0; _fieldsLeft--) Skip();
        MustBeAt(_fieldsEnd);
        (_fieldsLeft, _fieldsEnd) = outer;
        _depth--;
    }

    /// <summary>Whether the next field has a value, which is then to be read.</summary>
    internal bool NextField()
    {
        if (_fieldsLeft == 0) return false;
        _fieldsLeft--;
        return !TryReadNull();
    }

    internal bool? FieldBoolean() => NextField() ? ReadBoolean() : null;

    internal byte? FieldUByte() => NextField() ? ReadUByte() : null;

    internal ushort? FieldUShort() => NextField() ? ReadUShort() : null;

    internal uint? FieldUInt() => NextField() ? ReadUInt() : null;

    internal ulong? FieldULong() => NextField() ? ReadULong() : null;

    internal string? FieldString() => NextField() ? ReadString() : null;

    internal Symbol? FieldSymbol() => NextField() ? ReadSymbol() : (Symbol?)null;

    internal ReadOnlySpan<byte> FieldBinary(out bool hasValue) => (hasValue = NextField()) ? ReadBinary() : default;

    internal AmqpMap? FieldMap() => NextField() ? ReadMap() : null;

    internal object? FieldValue() => NextField() ? ReadValue() : null;

    internal AmqpTimestamp? FieldTimestamp() => NextField() ? ReadTimestamp() : null;

    internal void SkipField()
    {
        if (NextField()) Skip();
    }

    /// <summary>A name: a string no longer than the limit.</summary>
    internal string? FieldName()
    {
        var name = FieldString();
        return name?.Length > limits.MaxNameLength ? throw AmqpException.TooMuch($"A name has more than {limits.MaxNameLength} characters.") : name;
    }

    /// <summary>A "multiple" field: one symbol, or an array of them (§1.4).</summary>
    internal IReadOnlyList<Symbol> FieldSymbols() => FieldValue() switch
    {
        null => [],
        Symbol one => [one],
        AmqpArray many => [.. many.Items.Select(item => item is Symbol symbol ? symbol : throw AmqpException.Decode("An array of symbols belongs here."))],
        _ => throw AmqpException.Decode("Symbols belong here."),
    };
}
