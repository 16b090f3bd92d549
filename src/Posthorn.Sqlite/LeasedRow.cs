using System.Text;
using Posthorn.Queues;
using SQLitePCL;

namespace Posthorn.Sqlite;

/// <summary>The state of a message that was just leased; its content is read apart. Times are Unix milliseconds.</summary>
internal sealed record LeasedRow(
    long Sequence, long ContentId, string MessageId, Overrides Overrides, DateTimeOffset EnqueuedAt, DateTimeOffset? ExpiresAt, long DueAt, int DeliveryCount,
    DeliveryProgress Progress)
{
    /// <summary>The columns it is read from, after the sequence number.</summary>
    public const string Columns = "content_id, message_id, replay_run, overrides, enqueued_at, expires_at, due_at, delivery_count, attempts_made, postponements, replays, attempts";

    public static LeasedRow Read(Row row) => new(
        row.GetInt64(0), row.GetInt64(1), SafeRow.Text(row, 2) ?? "", Overrides.Read(row, 3), SafeRow.Time(row, 5), row.IsDBNull(6) ? null : SafeRow.Time(row, 6),
        SafeRow.Whole(row.GetValue(7)) ?? 0, SafeRow.Count(row, 8), SafeRow.Progress(row, 9));
}

/// <summary>Reads columns whatever another writer of the file put there: one absurd row must not take its neighbours with it.</summary>
internal static class SafeRow
{
    private const int Absurd = 1_000_000;
    private static readonly long LastTime = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>A count, never negative and never absurd.</summary>
    public static int Count(Row row, int column) => row.TypeOf(column) switch
    {
        raw.SQLITE_INTEGER => (int)Math.Clamp(row.GetInt64(column), 0, Absurd),
        raw.SQLITE_FLOAT when !double.IsNaN(row.GetDouble(column)) => (int)Math.Clamp(row.GetDouble(column), 0, Absurd), // What SQLite makes of a sum beyond 64 bits.
        _ => 0,
    };

    /// <summary>A whole number, also of what was stored as a fraction; null when it is no number.</summary>
    public static long? Whole(object? value) => value switch
    {
        long whole => whole,
        double fraction when !double.IsNaN(fraction) => (long)Math.Clamp(fraction, 0, LastTime),
        string or byte[] => 0, // Sorts after every number, so it is alone: to be leased, and judged.
        _ => null,
    };

    /// <summary>A time within the calendar.</summary>
    public static DateTimeOffset Time(Row row, int column) =>
        DateTimeOffset.FromUnixTimeMilliseconds(row.TypeOf(column) == raw.SQLITE_INTEGER ? Math.Clamp(row.GetInt64(column), 0, LastTime) : 0);

    /// <summary>A text; null when it is none.</summary>
    public static string? Text(Row row, int column) => row.TypeOf(column) == raw.SQLITE_TEXT ? row.GetString(column) : null;

    /// <summary>Bytes, also of what was stored as text.</summary>
    public static byte[] Bytes(Row row, int column) => row.GetValue(column) switch
    {
        byte[] bytes => bytes,
        string text => Encoding.UTF8.GetBytes(text),
        _ => [],
    };

    /// <summary>Progress as four columns: attempts made, postponements, replays, the attempts.</summary>
    public static DeliveryProgress Progress(Row row, int first) => new()
    {
        AttemptsMade = Count(row, first),
        Postponements = Count(row, first + 1),
        Replays = Count(row, first + 2),
        Attempts = DeliveryProgress.AttemptsFromJson(Text(row, first + 3)),
    };
}
