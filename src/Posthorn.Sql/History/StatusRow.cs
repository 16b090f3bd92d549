using System.Data;
using Posthorn.History;

namespace Posthorn.Sql.History;

/// <summary>A row of <c>statuses</c>.</summary>
internal sealed record StatusRow
{
    public static readonly RowInsert Insert = new(
        "statuses",
        [
            new("event_id", DbType.String), new("entity", DbType.String), new("tenant", DbType.String), new("type", DbType.String),
            new("profile", DbType.String), new("time", DbType.Int64), new("accepted_at", DbType.Int64), new("data", DbType.Binary),
        ],
        "ON CONFLICT (event_id) DO NOTHING");

    public required string EventId { get; init; }

    public required string Entity { get; init; }

    public string? Tenant { get; init; }

    public required string Type { get; init; }

    public required string Profile { get; init; }

    public required long Time { get; init; }

    public required long AcceptedAt { get; init; }

    public required byte[] Data { get; init; }

    public static object?[] Values(StatusEntry entry) =>
    [
        SqlText.Id(entry.EventId), entry.Entity, entry.Tenant, entry.Type, entry.Profile,
        SqlTime.Ticks(entry.Time), SqlTime.Of(entry.AcceptedAt), entry.Data.ToArray(),
    ];

    public StatusEntry ToEntry() => new()
    {
        EventId = EventId,
        Entity = Entity,
        Tenant = Tenant,
        Type = Type,
        Profile = Profile,
        Time = SqlTime.ReadTicks(Time),
        AcceptedAt = SqlTime.Read(AcceptedAt),
        Data = Data,
    };
}
