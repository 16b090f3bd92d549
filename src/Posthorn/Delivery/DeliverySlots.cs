using Posthorn.Queues;

namespace Posthorn.Delivery;

/// <summary>
/// How many messages are under way at once. What was leased beyond that waits here, in its order, so that a slot that comes free has its
/// next message at once, and not only after the queue's next commit.
/// </summary>
/// <param name="count">The most that are under way.</param>
internal sealed class DeliverySlots(int count)
{
    private readonly Lock _gate = new();
    private readonly Queue<ILease> _ahead = new();
    private int _taken;

    /// <summary>How many are under way.</summary>
    public int Taken
    {
        get
        {
            lock (_gate) return _taken;
        }
    }

    /// <summary>Takes a slot for a message that was just leased; false when it has to wait for one, which <see cref="Leave"/> hands over.</summary>
    public bool TryEnter(ILease lease)
    {
        lock (_gate)
        {
            if (_taken < count)
            {
                _taken++;
                return true;
            }

            _ahead.Enqueue(lease);
            return false;
        }
    }

    /// <summary>Ends the use of a slot.</summary>
    /// <returns>The message that has it now; null when none waited, and the slot is free.</returns>
    public ILease? Leave()
    {
        lock (_gate)
        {
            if (_ahead.TryDequeue(out var next)) return next;
            _taken--;
            return null;
        }
    }

    /// <summary>Sends those away that wait, as no more are begun.</summary>
    public IReadOnlyList<ILease> Clear()
    {
        lock (_gate)
        {
            ILease[] waiting = [.. _ahead];
            _ahead.Clear();
            return waiting;
        }
    }
}
