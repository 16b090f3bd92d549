using Posthorn.Amqp.Types;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Sessions;

namespace Posthorn.Worker.Amqp.Management;

/// <summary>Operations on sessions; but for the listing, of one that a link of the same connection holds.</summary>
internal sealed class SessionOperations(SqliteBroker broker, SessionBook sessions)
{
    private const int MostListed = 100;
    private const int LargestState = 1024 * 1024; // Azure Service Bus Premium.

    /// <summary>Extends the lock, and tells when it ends.</summary>
    public async Task<ManagementReply> RenewAsync(ManagementRequest request) =>
        ManagementReply.Ok(new AmqpMap { { "expiration", AmqpTimestamp.From(await Held(request).RenewAsync()) } });

    /// <summary>What the session keeps.</summary>
    public async Task<ManagementReply> GetStateAsync(ManagementRequest request) =>
        ManagementReply.Ok(new AmqpMap { { "session-state", await Held(request).GetStateAsync() } });

    /// <summary>Keeps bytes with the session; null clears them.</summary>
    public async Task<ManagementReply> SetStateAsync(ManagementRequest request)
    {
        var state = request.Binary("session-state");
        if (state?.Length > LargestState) throw ManagementRequest.Missing("session-state", $"at most {LargestState} bytes");
        await Held(request).SetStateAsync(state);
        return ManagementReply.Ok();
    }

    /// <summary>The sessions that have messages.</summary>
    public async Task<ManagementReply> ListAsync(ManagementRequest request)
    {
        var (skip, top) = ((int)Math.Clamp(request.Number("skip"), 0, int.MaxValue), (int)Math.Clamp(request.Number("top"), 1, MostListed));
        var ids = await broker.SessionsAsync(skip, top);
        if (ids.Count == 0) return ManagementReply.Nothing;
        return ManagementReply.Ok(new AmqpMap { { "skip", skip + ids.Count }, { "sessions-ids", new AmqpArray([.. ids]) } });
    }

    private BrokerSession Held(ManagementRequest request) =>
        request.Text("session-id") is { } id ? sessions.Find(request.Connection, id) ?? throw new SessionLockLostException(id) : throw ManagementRequest.Missing("session-id", "a session's id");
}
