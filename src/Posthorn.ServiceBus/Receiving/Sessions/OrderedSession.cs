using Azure.Messaging.ServiceBus;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus.Receiving.Sessions;

/// <summary>
/// One held session: the messages of one ordering key, one after the other. A head that failed comes back as a scheduled message at the
/// session's end; what is received before it is set aside, and delivered after it. Every step is written to the session's state before
/// it is taken, so that a crash between the two repeats it. While anything is set aside a note to look is on its way: a session without
/// active messages is never given out.
/// </summary>
internal sealed class OrderedSession(ServiceBusSessionReceiver receiver, ServiceBusSender sender, bool holdsExhausted, TimeSpan glance, TimeProvider clock)
{
    private const int AtOnce = 50;
    private const int PageSize = 250;
    private static readonly TimeSpan HeadIsLate = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan DeadIsLate = TimeSpan.FromHours(1);
    private SessionState _state = new();

    /// <summary>The session.</summary>
    public ServiceBusSessionReceiver Receiver => receiver;

    /// <summary>Reads what an earlier holder left.</summary>
    public async Task BeginAsync()
    {
        _state = await SessionState.ReadAsync(receiver);
        if (_state.IsDead && !holdsExhausted) await SaveAsync(_state with { Head = null, IsDead = false });
    }

    /// <summary>The next message to deliver; null when there is none now.</summary>
    public async Task<ServiceBusReceivedMessage?> NextAsync()
    {
        while (true)
        {
            if (_state.Head is null && _state.Deferred.Count > 0)
            {
                if (await FirstDeferredAsync() is { } deferred) return deferred;
                continue;
            }

            var received = await receiver.ReceiveMessagesAsync(_state.Head is null ? 1 : AtOnce, glance);
            if (received.Count == 0 && await HeadIsGoneAsync()) continue;
            if (received.Count == 0) return null;
            if (await SortAsync(received) is { } next) return next;
        }
    }

    /// <summary>The message is done.</summary>
    public Task DoneAsync(ServiceBusReceivedMessage message)
    {
        var isHead = _state.Head == IdOf(message);
        var after = Without(message) with { Head = isHead ? null : _state.Head, DueAt = isHead ? null : _state.DueAt, IsDead = !isHead && _state.IsDead };
        return after == _state ? Task.CompletedTask : SaveAsync(after);
    }

    /// <summary>The message is about to go back: until then the key waits for it.</summary>
    public Task WaitForAsync(ServiceBusReceivedMessage message, DateTimeOffset dueAt) =>
        SaveAsync(_state with { Head = IdOf(message), DueAt = dueAt.ToUnixTimeMilliseconds(), IsDead = false });

    /// <summary>The message is about to be buried: whether its key is held with it.</summary>
    public async Task<bool> HoldForDeadAsync(ServiceBusReceivedMessage message)
    {
        if (!holdsExhausted) return false;
        await SaveAsync(_state with { Head = IdOf(message), DueAt = null, IsDead = true });
        return true;
    }

    /// <summary>The message is about to be given back: one that was set aside stays so, and somebody must come for it.</summary>
    public Task GiveBackAsync(ServiceBusReceivedMessage message) => _state.Deferred.Contains(message.SequenceNumber) ? LookAsync(clock.GetUtcNow()) : Task.CompletedTask;

    /// <summary>The message has left the place where it was set aside.</summary>
    public Task LeftAsync(ServiceBusReceivedMessage message) => Without(message) is var after && after == _state ? Task.CompletedTask : SaveAsync(after);

    /// <summary>Of what was received: sets aside what must wait, and gives the one that is next.</summary>
    private async Task<ServiceBusReceivedMessage?> SortAsync(IReadOnlyList<ServiceBusReceivedMessage> received)
    {
        foreach (var note in received.Where(SessionNote.IsOne)) await ReadAsync(note);
        var mail = received.Where(message => !SessionNote.IsOne(message)).ToList();
        if (mail.Count == 0) return null;
        var next = _state.Head is { } head ? mail.Find(message => IdOf(message) == head) : mail[0];
        await SetAsideAsync(mail.FindAll(message => !ReferenceEquals(message, next)));
        return next;
    }

    private async Task SetAsideAsync(List<ServiceBusReceivedMessage> behind)
    {
        if (behind.Count == 0) return;
        var others = behind.Select(message => message.SequenceNumber).Except(_state.Deferred).ToList();
        if (_state.Deferred.Count + others.Count > SessionState.MostDeferred) throw new SessionFullException();
        if (_state.Deferred.Count == 0) await LookLaterAsync();
        await SaveAsync(_state with { Deferred = [.. _state.Deferred, .. others] });
        foreach (var message in behind) await receiver.DeferMessageAsync(message);
    }

    /// <summary>The first that was set aside; one that is not there was delivered by now, or was never set aside, and comes by itself.</summary>
    private async Task<ServiceBusReceivedMessage?> FirstDeferredAsync()
    {
        try
        {
            return await receiver.ReceiveDeferredMessageAsync(_state.Deferred[0]);
        }
        catch (ServiceBusException gone) when (gone.Reason == ServiceBusFailureReason.MessageNotFound)
        {
            await SaveAsync(_state with { Deferred = [.. _state.Deferred.Skip(1)] });
            return null;
        }
    }

    private async Task ReadAsync(ServiceBusReceivedMessage note)
    {
        if (SessionNote.Released(note) is { } head && head == _state.Head && _state.IsDead) await SaveAsync(_state with { Head = null, IsDead = false });
        else await HeadIsGoneAsync();
        if (_state.Deferred.Count > 0) await LookLaterAsync();
        await receiver.CompleteMessageAsync(note);
    }

    private Task LookLaterAsync()
    {
        var now = clock.GetUtcNow();
        var due = _state.DueAt is { } ms && DateTimeOffset.FromUnixTimeMilliseconds(ms) is var time && time > now ? time : now;
        return LookAsync(_state.IsDead ? now + DeadIsLate : due + HeadIsLate);
    }

    private Task LookAsync(DateTimeOffset time) => sender.SendMessageAsync(SessionNote.LookAt(receiver.SessionId, time));

    /// <summary>Whether the head that is waited for has left without a word: the broker gave it up, or a crash came after its end.</summary>
    private async Task<bool> HeadIsGoneAsync()
    {
        if (_state is not { Head: { } head, IsDead: false, DueAt: { } due } || DateTimeOffset.FromUnixTimeMilliseconds(due) > clock.GetUtcNow()) return false;
        for (var from = 0L; await receiver.PeekMessagesAsync(PageSize, from) is { Count: > 0 } page; from = page[^1].SequenceNumber + 1)
            if (page.Any(message => IdOf(message) == head)) return false;
        await SaveAsync(_state with { Head = null, DueAt = null });
        return true;
    }

    private SessionState Without(ServiceBusReceivedMessage message) =>
        _state.Deferred.Contains(message.SequenceNumber) ? _state with { Deferred = [.. _state.Deferred.Where(number => number != message.SequenceNumber)] } : _state;

    private async Task SaveAsync(SessionState after)
    {
        await after.WriteAsync(receiver);
        _state = after;
    }

    private static string IdOf(ServiceBusReceivedMessage message) => MessageReader.Message(message).MessageId;
}

/// <summary>More messages wait behind a head than its session can remember.</summary>
internal sealed class SessionFullException() : Exception($"more than {SessionState.MostDeferred} messages wait behind one of the same ordering key");
