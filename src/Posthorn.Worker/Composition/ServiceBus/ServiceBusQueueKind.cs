using Posthorn.ServiceBus;

namespace Posthorn.Worker.Composition.ServiceBus;

/// <summary>The Azure queue. Only the build with the adapter has it.</summary>
internal sealed class ServiceBusQueueKind(ServiceBusQueueOptions options) : IQueueKind
{
    private static readonly TimeSpan LongestClosing = TimeSpan.FromSeconds(10);

    public TimeSpan LockDuration => options.LockDuration;

    public bool IsShared => true;

    public string LocalPath => "data/posthorn";

    public string LocalPathKey => "sealing:key";

    public OpenedQueue Open()
    {
        var queue = ServiceBusQueue.Open(options, TimeProvider.System);
        return new OpenedQueue(queue, queue.DeadLetters, queue.Name, new Closing(queue));
    }

    /// <summary>A queue on Azure is never made here: one that is not there is told by the first call.</summary>
    public void MustExist()
    {
    }

    private sealed class Closing(ServiceBusQueue queue) : IDisposable
    {
        /// <summary>Gives back what is held; a broker that does not answer is not waited for.</summary>
        public void Dispose() => queue.DisposeAsync().AsTask().Wait(LongestClosing);
    }
}
