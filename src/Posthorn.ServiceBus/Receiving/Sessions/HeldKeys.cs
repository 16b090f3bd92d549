using Azure.Messaging.ServiceBus;
using Posthorn.ServiceBus.DeadLetters;
using Posthorn.ServiceBus.Links;

namespace Posthorn.ServiceBus.Receiving.Sessions;

/// <summary>
/// The ordering keys that dead letters hold. A session all of whose messages were set aside is never given out, so where dead letters are
/// not to hold keys any more, those that still do are told so.
/// </summary>
internal sealed class HeldKeys(BrokerClients clients)
{
    private readonly BatchSender _sender = new(clients.Sender);
    private int _begun;

    /// <summary>Whether that was begun, and did not fail.</summary>
    public bool IsReleased => Volatile.Read(ref _begun) != 0;

    /// <summary>Lets go of them all, once in the life of a process; after a failure it may be asked again.</summary>
    public async Task ReleaseOnceAsync()
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0) return;
        try
        {
            await ReleaseAsync();
        }
        catch
        {
            Volatile.Write(ref _begun, 0);
            throw;
        }
    }

    private async Task ReleaseAsync()
    {
        var notes = new Dictionary<string, ServiceBusMessage>(StringComparer.Ordinal);
        await foreach (var letter in new PeekedPages(clients.DeadLooker).AllAsync(CancellationToken.None))
            if (SessionNote.ReleaseOf(letter) is { } note) notes[note.SessionId ?? ""] = note;
        if (notes.Count > 0) await _sender.SendAsync([.. notes.Values], CancellationToken.None);
    }
}
