using System.Collections.Concurrent;

namespace Posthorn.Worker.Amqp.Receiving;

/// <summary>The messages that receivers hold, by the tokens of their locks: what <c>$management</c> renews and settles.</summary>
internal sealed class LockTable(TimeProvider clock)
{
    private const int SweepEvery = 1_000;
    private readonly ConcurrentDictionary<Guid, IHeldMessage> _held = new();
    private int _added;

    /// <summary>Adds a message under a new token.</summary>
    public Guid Add(IHeldMessage message)
    {
        var token = Guid.NewGuid();
        _held[token] = message;
        if (Interlocked.Increment(ref _added) % SweepEvery == 0) Sweep();
        return token;
    }

    /// <summary>The message that a token locks; null when there is none.</summary>
    public IHeldMessage? Find(Guid token) => _held.GetValueOrDefault(token);

    /// <summary>Takes the message out, so that only one settles it; null when there is none.</summary>
    public IHeldMessage? Take(Guid token) => _held.TryRemove(token, out var message) ? message : null;

    /// <summary>What nobody settled before its lock ended would stay for ever.</summary>
    private void Sweep()
    {
        var now = clock.GetUtcNow();
        foreach (var (token, message) in _held)
            if (message.LockedUntil < now) _held.TryRemove(token, out _);
    }
}
