using System.Collections.Concurrent;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Sqlite.Broker;

namespace Posthorn.Worker.Amqp.Sessions;

/// <summary>
/// The sessions that links hold. An attach with a session filter locks the named session, or the next one that has a message due; the
/// lock is given up when the link ends ("AMQP 1.0 in Azure Service Bus protocol guide", sessions).
/// </summary>
/// <param name="broker">What has them.</param>
/// <param name="clock">Measures how long an attach waits.</param>
internal sealed class SessionBook(SqliteBroker broker, TimeProvider clock)
{
    private static readonly Symbol Filter = "com.microsoft:session-filter";
    private static readonly Symbol TimeoutName = "com.microsoft:timeout";
    private static readonly Symbol LockedUntil = "com.microsoft:locked-until-utc";
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ForTheWay = TimeSpan.FromMilliseconds(100);
    private readonly ConcurrentDictionary<string, (BrokerSession Session, AmqpConnection Connection)> _held = new(StringComparer.Ordinal);

    /// <summary>Whether an attach asks for a session.</summary>
    public static bool IsWanted(AttachRequest request) => request.Source?.Filter is { } filter && filter.TryGetValue(Filter, out _);

    /// <summary>Locks the session that an attach asks for.</summary>
    /// <param name="request">The attach.</param>
    /// <param name="cancellationToken">Ends with the link, attached or not.</param>
    /// <returns>The session; or an error.</returns>
    public async Task<(BrokerSession? Session, AmqpError? Refusal)> AcceptAsync(AttachRequest request, CancellationToken cancellationToken)
    {
        var named = Name(request.Source?.Filter?[Filter]);
        try
        {
            if (await AcceptAsync(named, WaitOf(request), cancellationToken) is not { } session) return (null, new AmqpError(BrokerError.Timeout, "No session has a message to be received."));
            _held[session.Id] = (session, request.Connection);
            cancellationToken.UnsafeRegister(_ => Release(session), state: null);
            return (session, null);
        }
        catch (SessionLockedException taken)
        {
            return (null, new AmqpError(BrokerError.SessionCannotBeLocked, taken.Message));
        }
    }

    /// <summary>The session that a link of the connection holds; null when none does.</summary>
    public BrokerSession? Find(AmqpConnection connection, string id) => _held.TryGetValue(id, out var held) && held.Connection == connection ? held.Session : null;

    /// <summary>What the link's source and properties say of the session.</summary>
    public static AttachReply Described(AttachReply reply, AttachRequest request, BrokerSession session)
    {
        var filter = new AmqpMap();
        foreach (var (name, value) in request.Source?.Filter ?? []) filter.Add(name, Filter.Equals(name) ? session.Id : value);
        return reply with
        {
            Source = (request.Source ?? new Source()) with { Filter = filter },
            Properties = new AmqpMap { { LockedUntil, session.LockedUntil.UtcTicks } },
        };
    }

    /// <summary>Waits by the protocol's time, and not by the queue's: the client does.</summary>
    private async Task<BrokerSession?> AcceptAsync(string? named, TimeSpan wait, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(wait, clock);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await broker.AcceptSessionAsync(named, TimeSpan.FromDays(1), over.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

#pragma warning disable CA1031 // Its lock ends by itself.
    private void Release(BrokerSession session)
    {
        _held.TryRemove(new(session.Id, _held.GetValueOrDefault(session.Id) is var held && held.Session == session ? held : default));
        _ = ReleaseAsync();

        async Task ReleaseAsync()
        {
            try
            {
                await session.ReleaseAsync();
            }
            catch (Exception)
            {
                // As above.
            }
        }
    }
#pragma warning restore CA1031

    private static string? Name(object? filter) => (filter is Described described ? described.Value : filter) is string { Length: > 0 } name ? name : null;

    private static TimeSpan WaitOf(AttachRequest request) => request.Properties?[TimeoutName] switch
    {
        uint milliseconds => Less(TimeSpan.FromMilliseconds(milliseconds)),
        int milliseconds and > 0 => Less(TimeSpan.FromMilliseconds(milliseconds)),
        long milliseconds and > 0 and <= int.MaxValue => Less(TimeSpan.FromMilliseconds(milliseconds)),
        _ => LongestWait,
    };

    /// <summary>The client is to hear that there is none, before it gives up.</summary>
    private static TimeSpan Less(TimeSpan wait)
    {
        var less = wait - (wait / 4 < ForTheWay ? wait / 4 : ForTheWay);
        return less < LongestWait ? less : LongestWait;
    }
}
