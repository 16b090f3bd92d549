using System.Text;

namespace Posthorn.Sqlite;

/// <summary>
/// Texts of columns that hold few different ones: each is made once and then found again by its bytes, as a million of them would be
/// most of what a look through a million rows costs. Bounded; not thread-safe.
/// </summary>
internal sealed class StringPool
{
    private const int Slots = 4096;
    private const int LongestKept = 256;
    private readonly (byte[] Utf8, string Text)[] _slots = new (byte[], string)[Slots];

    /// <summary>A column's text; null when it has none.</summary>
    public string? Get(Row row, int column)
    {
        var statement = row.Handle;
        if (SQLitePCL.raw.sqlite3_column_type(statement, column) != SQLitePCL.raw.SQLITE_TEXT) return null;
        var utf8 = SQLitePCL.raw.sqlite3_column_blob(statement, column);
        if (utf8.Length is 0 or > LongestKept) return Encoding.UTF8.GetString(utf8);

        ref var slot = ref _slots[HashOf(utf8) % Slots];
        if (slot.Utf8 is null || !utf8.SequenceEqual(slot.Utf8)) slot = (utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        return slot.Text;
    }

    /// <summary>FNV-1a.</summary>
    private static uint HashOf(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261u;
        foreach (var part in bytes) hash = (hash ^ part) * 16777619;
        return hash;
    }
}
