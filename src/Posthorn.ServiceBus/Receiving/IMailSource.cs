namespace Posthorn.ServiceBus.Receiving;

/// <summary>Where leases come from: the queue itself, or its sessions.</summary>
internal interface IMailSource : IAsyncDisposable
{
    /// <summary>Receives what is due, waiting at most so long for the first.</summary>
    Task<IReadOnlyList<ServiceBusLease>> ReceiveAsync(int max, TimeSpan wait, CancellationToken cancellationToken);
}
