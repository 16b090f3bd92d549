namespace Posthorn.Amqp.Connections;

/// <summary>A call to the host that waits for its turn.</summary>
internal interface INotice
{
    /// <summary>Makes the call, outside the connection's lock.</summary>
    void Deliver();

    /// <summary>What is done when the call throws.</summary>
    void Fail(Exception fault);
}

/// <summary>The calls of one connection: queued under its lock, made outside it, in order and never two at once.</summary>
internal sealed class Notices(Lock gate)
{
    private const int Many = 1_024;
    private readonly Queue<INotice> _queue = new();
    private TaskCompletionSource? _emptied;
    private bool _isDelivering;
    private bool _isUrgent;

    /// <summary>Whether calls are to be made before the next frame is looked at, since that may rest on them, or since they are many.</summary>
    public bool IsUrgent => _isUrgent || _queue.Count >= Many;

    public void Add(INotice notice, bool isUrgent = false)
    {
        _queue.Enqueue(notice);
        _isUrgent |= isUrgent;
    }

    /// <summary>Makes the calls; when somebody does already, waits for them.</summary>
    public Task DeliverAsync()
    {
        lock (gate)
        {
            if (_isDelivering) return (_emptied ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            if (_queue.Count == 0) return Task.CompletedTask;
            _isDelivering = true;
        }

        while (Next() is { } notice) Deliver(notice);
        return Task.CompletedTask;
    }

    private INotice? Next()
    {
        lock (gate)
        {
            if (_queue.TryDequeue(out var notice)) return notice;
            _isDelivering = _isUrgent = false;
            _emptied?.SetResult();
            _emptied = null;
            return null;
        }
    }

#pragma warning disable CA1031 // A host's fault ends its link, not the loop that serves the others.
    private static void Deliver(INotice notice)
    {
        try
        {
            notice.Deliver();
        }
        catch (Exception fault)
        {
            notice.Fail(fault);
        }
    }
#pragma warning restore CA1031
}
