using System.Buffers.Binary;
using System.Text;

namespace Posthorn.EndToEndTests.Telemetry;

/// <summary>One message of the protobuf wire format, read without its schema.</summary>
public sealed class ProtoMessage
{
    private readonly List<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> _fields = [];

    public ProtoMessage(ReadOnlyMemory<byte> wire)
    {
        var at = 0;
        while (at < wire.Length)
        {
            var tag = Varint(wire.Span, ref at);
            var (field, type) = ((int)(tag >> 3), (int)(tag & 7));
            _fields.Add(type switch
            {
                0 => (field, Varint(wire.Span, ref at), default),
                1 => (field, BinaryPrimitives.ReadUInt64LittleEndian(Take(wire, 8, ref at).Span), default),
                2 => (field, 0, Take(wire, (int)Varint(wire.Span, ref at), ref at)),
                5 => (field, BinaryPrimitives.ReadUInt32LittleEndian(Take(wire, 4, ref at).Span), default),
                _ => throw new InvalidDataException($"no wire type {type}"),
            });
        }
    }

    public IEnumerable<ProtoMessage> Messages(int field) => _fields.Where(each => each.Field == field).Select(each => new ProtoMessage(each.Bytes));

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).Span);

    public string Hex(int field) => Convert.ToHexStringLower(Bytes(field).Span);

    public ulong Number(int field) => _fields.LastOrDefault(each => each.Field == field).Number;

    public bool Has(int field) => _fields.Exists(each => each.Field == field);

    /// <summary>Key-value pairs of OTLP: the texts and whole numbers among them.</summary>
    public IReadOnlyDictionary<string, string> Attributes(int field) => Messages(field)
        .Select(pair => (Key: pair.Text(1), Value: pair.Messages(2).FirstOrDefault()))
        .ToDictionary(pair => pair.Key, pair => pair.Value is null ? "" : pair.Value.Has(1) ? pair.Value.Text(1) : $"{pair.Value.Number(3)}", StringComparer.Ordinal);

    private ReadOnlyMemory<byte> Bytes(int field) => _fields.LastOrDefault(each => each.Field == field).Bytes;

    private static ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> wire, int count, ref int at) => wire.Slice((at += count) - count, count);

    private static ulong Varint(ReadOnlySpan<byte> wire, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = wire[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
    }
}
