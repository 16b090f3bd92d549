using System.Collections.Concurrent;
using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBus.Links;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus.Receiving.Sessions;

/// <summary>
/// Mail of a queue that requires sessions: several sessions are held at once, each gives its next message out when the one before is
/// settled, and is let go of when it has none.
/// </summary>
internal sealed class SessionMail(BrokerClients clients, MessageWriter writer, ServiceBusQueueOptions options, TimeProvider clock) : IMailSource
{
    private const int AcceptedAtOnce = 4;
    private readonly ConcurrentQueue<ServiceBusLease> _ready = new();
    private readonly ConcurrentDictionary<HeldSession, bool> _held = new();
    private readonly ConcurrentDictionary<Task, bool> _busy = new();
    private readonly SemaphoreSlim _news = new(0);
    private readonly HeldKeys _heldKeys = new(clients);
    private int _accepting;
    private volatile Exception? _failure;
    private volatile bool _isClosed;

    public async Task<IReadOnlyList<ServiceBusLease>> ReceiveAsync(int max, TimeSpan wait, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        if (!options.HoldsExhausted && !_heldKeys.IsReleased) Run(_heldKeys.ReleaseOnceAsync);
        if (wait <= TimeSpan.Zero) await SettledAsync(cancellationToken);
        for (var looks = 0; ; looks++)
        {
            ThrowIfClosed();
            if (Take(max) is { Count: > 0 } leases) return leases;
            if (Interlocked.Exchange(ref _failure, null) is { } failure) throw ServiceBusFailures.Translate(failure) ?? failure;
            var waited = Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.Zero ? waited >= wait : looks > 0 && waited >= options.Glance && (_busy.IsEmpty || waited >= 4 * options.Glance)) return [];
            LetGoOfLost();
            Accept();
            var left = wait - waited;
            await _news.WaitAsync(left > TimeSpan.Zero ? left : options.Glance, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _isClosed = true;
        _news.Release(); // Whoever waits hears of it, and tells the next one.
        while (_ready.TryDequeue(out var lease)) await IgnoringAsync(lease.AbandonAsync(CancellationToken.None));
        foreach (var session in _held.Keys) await LetGoAsync(session);
    }

    private void ThrowIfClosed()
    {
        if (!_isClosed) return;
        _news.Release();
        throw new QueueUnavailableException("the queue is closed");
    }

    /// <summary>What is under way may have something at once; but waiting for a session may take long.</summary>
    private async Task SettledAsync(CancellationToken cancellationToken)
    {
        var under = Task.WhenAll(_busy.Keys);
        await Task.WhenAny(under, Task.Delay(4 * options.Glance, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
    }

    private List<ServiceBusLease> Take(int max)
    {
        var leases = new List<ServiceBusLease>();
        while (leases.Count < max && _ready.TryDequeue(out var lease))
        {
            if (lease.IsHeld) leases.Add(lease);
            else Run(() => IgnoringAsync(lease.AbandonAsync(CancellationToken.None))); // Its session hears of it, and is let go of.
        }

        if (!_ready.IsEmpty) _news.Release(); // One session may have mail for several who wait.
        return leases;
    }

    /// <summary>Asks for more sessions, while there may be more.</summary>
    private void Accept()
    {
        while (!_isClosed && _held.Count + Volatile.Read(ref _accepting) < options.MaxSessions && Volatile.Read(ref _accepting) < AcceptedAtOnce)
        {
            Interlocked.Increment(ref _accepting);
            Run(AcceptOneAsync);
        }
    }

    private async Task AcceptOneAsync()
    {
        try
        {
            var receiver = await clients.Client.AcceptNextSessionAsync(options.Queue);
            var session = new HeldSession(receiver, clients.Sender, writer, options, clock, Ended);
            _held[session] = true;
            Run(() => GoOnAsync(session, session.BeginAsync));
        }
        catch (ServiceBusException none) when (none.Reason is ServiceBusFailureReason.ServiceTimeout or ServiceBusFailureReason.SessionCannotBeLocked)
        {
            // There is no session with mail, or another receiver was faster.
        }
        finally
        {
            Interlocked.Decrement(ref _accepting);
        }
    }

    /// <summary>A session's message was settled, or could not be.</summary>
    private void Ended(HeldSession session, bool mayGoOn) => Run(() => mayGoOn ? GoOnAsync(session, () => Task.CompletedTask) : LetGoAsync(session));

    /// <summary>Gets what comes next of a session; one that cannot go on is let go of, and that its lock is lost is no failure of the queue.</summary>
    private async Task GoOnAsync(HeldSession session, Func<Task> begin)
    {
        if (!_held.ContainsKey(session)) return;
        try
        {
            await begin();
            var leases = _isClosed ? [] : await session.NextAsync();
            foreach (var lease in leases) _ready.Enqueue(lease);
            if (leases.Count == 0 && session.IsAtRest) await LetGoAsync(session);
        }
        catch (Exception) when (session.IsLost)
        {
            await LetGoAsync(session);
        }
        catch (Exception failure)
        {
            await LetGoAsync(session);
            if (ServiceBusFailures.Translate(failure) is not LockLostException && failure is not ObjectDisposedException) throw;
        }
    }

    /// <summary>A message that nobody settled keeps its session until the lock ends.</summary>
    private void LetGoOfLost()
    {
        foreach (var session in _held.Keys.Where(session => session.IsLost)) Run(() => LetGoAsync(session));
    }

    private async Task LetGoAsync(HeldSession session)
    {
        if (_held.TryRemove(session, out _)) await IgnoringAsync(session.CloseAsync());
    }

    /// <summary>Runs it by itself; whoever waits for mail hears of its end, and of its failure.</summary>
    private void Run(Func<Task> work)
    {
        var task = Task.Run(async () =>
        {
            try
            {
                await work();
            }
            catch (Exception failure)
            {
                _failure = failure;
            }
        });
        _busy[task] = true;
        _ = task.ContinueWith(ended =>
        {
            _busy.TryRemove(ended, out _);
            _news.Release();
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static async Task IgnoringAsync(Task closing)
    {
        try
        {
            await closing;
        }
        catch (Exception)
        {
            // Its lock ends by itself.
        }
    }
}
