using System.Text;
using SQLitePCL;

namespace Posthorn.Sqlite;

/// <summary>What one parameter of a statement is given. It is not boxed: a message is a score of them.</summary>
internal readonly struct SqlValue
{
    private const int Small = 512;
    private readonly Kind _kind;
    private readonly long _number;
    private readonly string? _text;
    private readonly ReadOnlyMemory<byte> _bytes;

    private SqlValue(Kind kind, long number = 0, string? text = null, ReadOnlyMemory<byte> bytes = default) =>
        (_kind, _number, _text, _bytes) = (kind, number, text, bytes);

    private enum Kind
    {
        Null,
        Number,
        Text,
        Utf8,
        Bytes,
    }

    /// <summary>Whole numbers as a JSON array, which is how a statement is given as many as there are: <c>SELECT value FROM json_each($0)</c>.</summary>
    public static SqlValue ListOf(IEnumerable<long> numbers) => $"[{string.Join(',', numbers)}]";

    public static implicit operator SqlValue(long? number) => number is { } given ? new SqlValue(Kind.Number, given) : default;

    public static implicit operator SqlValue(string? text) => text is null ? default : new SqlValue(Kind.Text, text: text);

    public static implicit operator SqlValue(ReadOnlyMemory<byte> bytes) => new(Kind.Bytes, bytes: bytes);

    /// <summary>A text that is in UTF-8 already.</summary>
    public static SqlValue Utf8(byte[] text) => new(Kind.Utf8, bytes: text);

    /// <summary>A value of a store's row.</summary>
    public static SqlValue Of(object? value) => value switch
    {
        null => default,
        long number => number,
        string text => text,
        byte[] bytes => (ReadOnlyMemory<byte>)bytes,
        _ => throw new ArgumentException($"A {value.GetType()} is no value of a row.", nameof(value)),
    };

    /// <summary>Gives it to a parameter, numbered from 1; SQLite keeps a copy of it.</summary>
    /// <returns>SQLite's result code.</returns>
    public int Bind(sqlite3_stmt statement, int parameter) => _kind switch
    {
        Kind.Number => raw.sqlite3_bind_int64(statement, parameter, _number),
        Kind.Text => BindText(statement, parameter, _text),
        Kind.Utf8 => raw.sqlite3_bind_text(statement, parameter, _bytes.Span),
        Kind.Bytes => raw.sqlite3_bind_blob(statement, parameter, _bytes.Span),
        _ => raw.sqlite3_bind_null(statement, parameter),
    };

    private static int BindText(sqlite3_stmt statement, int parameter, string? text)
    {
        if (text is null || text.Length > Small) return raw.sqlite3_bind_text(statement, parameter, text);
        Span<byte> utf8 = stackalloc byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        return raw.sqlite3_bind_text(statement, parameter, utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }
}
