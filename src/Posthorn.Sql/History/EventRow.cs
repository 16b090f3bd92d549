using System.Data;
using Posthorn.History;

namespace Posthorn.Sql.History;

/// <summary>A row of <c>events</c>.</summary>
internal sealed record EventRow
{
    public static readonly RowInsert Insert = new(
        "events",
        [
            new("position", DbType.Int64), new("id", DbType.String), new("type", DbType.String), new("tenant", DbType.String),
            new("subject", DbType.String), new("time", DbType.String), new("profile", DbType.String), new("accepted_at", DbType.Int64),
            new("matched", DbType.Int64), new("is_operational", DbType.Int64), new("data", DbType.Binary),
        ],
        "ON CONFLICT (id) DO NOTHING");

    public required long Position { get; init; }

    public required string Id { get; init; }

    public required string Type { get; init; }

    public string? Tenant { get; init; }

    public string? Subject { get; init; }

    public required string Time { get; init; }

    public string? Profile { get; init; }

    public required long AcceptedAt { get; init; }

    public required long Matched { get; init; }

    public required long IsOperational { get; init; }

    public required byte[] Data { get; init; }

    public static object?[] Values(ArchivedEvent archived, long position) =>
    [
        position, SqlText.Id(archived.Id), archived.Type, archived.Tenant, archived.Subject, archived.Time, archived.Profile,
        SqlTime.Of(archived.AcceptedAt), (long)archived.Matched, archived.IsOperational ? 1L : 0L, archived.Data.ToArray(),
    ];

    public ArchivedEvent ToEvent() => new()
    {
        Position = Position,
        Id = Id,
        Type = Type,
        Tenant = Tenant,
        Subject = Subject,
        Time = Time,
        Profile = Profile,
        AcceptedAt = SqlTime.Read(AcceptedAt),
        Matched = (int)Matched,
        IsOperational = IsOperational != 0,
        Data = Data,
    };
}
