using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite.Ordering;

/// <summary>One story, told to both.</summary>
internal sealed class OrderingStory(string path, OnExhausted onExhausted) : IDisposable
{
    private const int All = 1000;
    private static readonly TimeSpan LockDuration = TimeSpan.FromSeconds(30);
    private static readonly SqliteQueueOptions Options = new() { LockDuration = LockDuration, MaxDeliveryCount = 3 };
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly OrderingModel _model = new(onExhausted == OnExhausted.Hold, Options.MaxDeliveryCount);
    private readonly List<(ILease Lease, Mail Mail)> _leases = [];
    private SqliteQueue? _open;

    private SqliteQueue Queue => _open ??= SqliteQueue.Open(Options with { Path = path, OnExhausted = onExhausted }, _clock);

    private DateTimeOffset Now => _clock.GetUtcNow();

    public async Task RunAsync(IEnumerable<OrderingStep> story)
    {
        foreach (var step in story)
        {
            await TakeAsync(step);
            await CountsShouldAgreeAsync();
        }

        await DrainAsync();
    }

    public void Dispose() => _open?.Dispose();

    private Task TakeAsync(OrderingStep step) => step.Act switch
    {
        Act.Enqueue => Queue.EnqueueAsync([NewMessage(step, due: 0, lives: null)], default),
        Act.EnqueueScheduled => Queue.EnqueueAsync([NewMessage(step, step.Seconds, lives: null)], default),
        Act.EnqueueExpiring => Queue.EnqueueAsync([NewMessage(step, due: 0, lives: 1 + step.Seconds)], default),
        Act.EnqueueScheduledExpiring => Queue.EnqueueAsync([NewMessage(step, step.Seconds, lives: 12)], default),
        Act.Receive => ReceiveAsync(step.Pick % 3 == 0 ? All : step.Pick % 3),
        Act.Replay when _model.Dead.Count > 0 => ReplayAsync(_model.Dead[step.Pick % _model.Dead.Count]),
        Act.Purge when _model.Dead.Count > 0 => PurgeAsync(_model.Dead[step.Pick % _model.Dead.Count]),
        Act.Advance => AdvanceAsync(TimeSpan.FromSeconds(step.Seconds)),
        Act.LoseLocks => AdvanceAsync(LockDuration),
        Act.Reopen => ReopenAsync(),
        >= Act.Complete and <= Act.Bury when _leases.Count > 0 => SettleAsync(step, step.Pick % _leases.Count),
        _ => Task.CompletedTask,
    };

    private QueueMessage NewMessage(OrderingStep step, int due, int? lives)
    {
        var key = (step.Pick % 4) switch { 0 => null, var of => ((char)('a' + of - 1)).ToString(CultureInfo.InvariantCulture) };
        var mail = _model.Enqueue(key, Now, Now.AddSeconds(due), lives is { } seconds ? Now.AddSeconds(seconds) : null);
        return new QueueMessage { MessageId = mail.Id, OrderingKey = key, Body = "{}"u8.ToArray(), DueAt = mail.Due, ExpiresAt = mail.Expires };
    }

    private async Task ReceiveAsync(int max)
    {
        if (_model.HasSpent()) max = All;
        var free = _model.Receive(Now);
        var leases = await Queue.ReceiveAsync(max, TimeSpan.Zero, default);
        leases.Select(lease => lease.Message.MessageId).ShouldBeSubsetOf(free.Select(mail => mail.Id));
        leases.Count.ShouldBe(Math.Min(free.Count, max), $"of {string.Join(' ', free.Select(mail => mail.Id))}");
        foreach (var lease in leases)
        {
            var mail = free.Single(mail => mail.Id == lease.Message.MessageId);
            (mail.Lease, mail.LockedUntil) = (lease, Now + LockDuration);
            (lease.DeliveryCount, lease.Progress.AttemptsMade, lease.Progress.Replays, lease.Message.OrderingKey).ShouldBe((++mail.Deliveries, mail.Attempts, mail.Replays, mail.Key));
            _leases.Add((lease, mail));
        }
    }

    /// <summary>Settles a lease or renews it; one whose lock is over must change nothing.</summary>
    private async Task SettleAsync(OrderingStep step, int which)
    {
        var (lease, mail) = _leases[which];
        if (step.Act != Act.Renew) _leases.RemoveAt(which);
        if (mail.Lease != lease || !mail.IsLocked(Now) || !_model.Queue.Contains(mail))
        {
            await Should.ThrowAsync<LockLostException>(() => SettleAsync(lease, step));
            return;
        }

        await SettleAsync(lease, step);
        Settled(mail, step);
    }

    private Task SettleAsync(ILease lease, OrderingStep step) => step.Act switch
    {
        Act.Complete => lease.CompleteAsync(default),
        Act.Retry => lease.RetryAsync(Now.AddSeconds(step.Seconds), new AttemptRecord { Number = lease.Progress.NextAttempt, At = Now, DurationMs = 1, Status = 503 }, default),
        Act.Postpone => lease.PostponeAsync(Now.AddSeconds(step.Seconds), default),
        Act.Abandon => lease.AbandonAsync(default),
        Act.Renew => lease.RenewAsync(default),
        _ => lease.DeadLetterAsync(DeadLetterReason.PermanentFailure, "400", attempt: null, default),
    };

    private void Settled(Mail mail, OrderingStep step)
    {
        switch (step.Act)
        {
            case Act.Complete: _model.Complete(mail); break;
            case Act.Bury: _model.Bury(mail); break;
            case Act.Renew: mail.LockedUntil = Now + LockDuration; break;
            case Act.Abandon: mail.Lease = null; break;
            case Act.Retry or Act.Postpone:
                (mail.Lease, mail.Deliveries, mail.Due) = (null, 0, Now.AddSeconds(step.Seconds));
                if (step.Act == Act.Retry) mail.Attempts++;
                break;
        }
    }

    private async Task ReplayAsync(Mail mail)
    {
        (await Queue.DeadLetters.ReplayAsync([await SequenceAsync(mail)], ReplayChanges.None, default)).Count.ShouldBe(1);
        _model.Replay(mail, Now);
    }

    private async Task PurgeAsync(Mail mail)
    {
        (await Queue.DeadLetters.PurgeAsync([await SequenceAsync(mail)], default)).ShouldBe(1);
        _model.Purge(mail);
    }

    private async Task<long> SequenceAsync(Mail mail) => (await Queue.DeadLetters.BrowseAsync(0, All, default)).Single(letter => letter.Message.MessageId == mail.Id).Sequence;

    private Task AdvanceAsync(TimeSpan time)
    {
        _clock.Advance(time);
        return Task.CompletedTask;
    }

    private Task ReopenAsync()
    {
        _leases.Clear(); // Who held them is gone.
        _open?.Dispose();
        _open = null;
        return Task.CompletedTask;
    }

    private async Task CountsShouldAgreeAsync()
    {
        var counts = await Queue.CountAsync(default);
        (counts.Active + counts.Scheduled + counts.Locked, counts.Locked, counts.Dead).ShouldBe((_model.Queue.Count, _model.Queue.Count(mail => mail.IsLocked(Now)), _model.Dead.Count));
    }

    /// <summary>Puts back what is dead and completes what comes, until nothing is left.</summary>
    private async Task DrainAsync()
    {
        for (var round = 0; _model.Queue.Count + _model.Dead.Count > 0; round++)
        {
            round.ShouldBeLessThan(500, "it comes to an end");
            foreach (var mail in _model.Dead.ToList()) await ReplayAsync(mail);
            await ReceiveAsync(All);
            while (_leases.Count > 0) await SettleAsync(new OrderingStep(Act.Complete, 0, 0), 0);
            _clock.Advance(LockDuration);
        }

        (await Queue.CountAsync(default)).ShouldBe(new QueueCounts(0, 0, 0, 0, null));
    }
}
