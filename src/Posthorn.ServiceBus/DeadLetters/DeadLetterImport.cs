using System.Runtime.InteropServices;
using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBus.Links;
using Posthorn.ServiceBus.Receiving;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus.DeadLetters;

/// <summary>
/// Brings dead letters back. Nothing can be sent to a dead-letter sub-queue, so they are sent to the queue with a mark by which whoever
/// receives them buries them; the import receives as well, until they are buried.
/// </summary>
internal sealed class DeadLetterImport(BrokerClients clients, MessageWriter writer, IMailSource source, RunFailures failures, TimeProvider clock) : IDisposable
{
    private const int Looks = 3;
    private static readonly TimeSpan KnownFor = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly BatchSender _sender = new(clients.Sender);
    private HashSet<Identity>? _known;
    private long _knownAt;

    /// <summary>Adds the letters that are not there yet.</summary>
    public async Task<IReadOnlyList<bool>> AddAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var known = await KnownAsync(cancellationToken);
            List<bool> added = [.. letters.Select(letter => known.Add(Identity.Of(letter)))];
            var chosen = letters.Where((_, i) => added[i]).ToList();
            await SendAsync(chosen, known, cancellationToken);
            await BuryAsync(chosen.Select(Identity.Of).ToHashSet(), cancellationToken);
            foreach (var letter in chosen) failures.Note(LetterReader.RunOf(letter.Message), -1);
            return added;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Something has left: what is known is looked up again.</summary>
    public void Forget() => Volatile.Write(ref _known, null);

    public void Dispose() => _gate.Dispose();

    private async Task SendAsync(IReadOnlyList<DeadLetter> letters, HashSet<Identity> known, CancellationToken cancellationToken)
    {
        try
        {
            List<ServiceBusMessage> written = [.. letters.Select(letter => writer.Dead(letter.Message, State(letter), clock.GetUtcNow()))];
            await ServiceBusFailures.GuardAsync(() => _sender.SendAsync(written, cancellationToken), cancellationToken);
        }
        catch
        {
            known.ExceptWith(letters.Select(Identity.Of));
            throw;
        }
    }

    private static WireState State(DeadLetter letter) => new()
    {
        EnqueuedAt = letter.EnqueuedAt,
        Progress = letter.Progress,
        Death = new WireDeath(letter.Reason, DeadLetterReason.Bounded(letter.Description), letter.DeadLetteredAt, letter.DeliveryCount),
    };

    /// <summary>
    /// Buries them as far as they come here; what a worker received it buries itself. Other mail that comes goes back as a new copy, as
    /// giving it up would count as a failed delivery of it.
    /// </summary>
    private async Task BuryAsync(HashSet<Identity> left, CancellationToken cancellationToken)
    {
        for (var empty = 0; left.Count > 0 && empty < Looks;)
        {
            var received = await source.ReceiveAsync(left.Count, TimeSpan.Zero, cancellationToken);
            empty = received.Count == 0 ? empty + 1 : 0;
            foreach (var lease in received)
            {
                left.Remove(new Identity(lease.Message.MessageId, lease.EnqueuedAt.ToUnixTimeMilliseconds()));
                await IgnoringLossAsync(lease.Death is null ? lease.PostponeAsync(clock.GetUtcNow(), CancellationToken.None) : lease.BuryAsync());
            }
        }
    }

    /// <summary>What is not settled comes again, to whoever receives it.</summary>
    private static async Task IgnoringLossAsync(Task settle)
    {
        try
        {
            await settle;
        }
        catch (Exception lost) when (lost is LockLostException or QueueUnavailableException)
        {
            // It comes again.
        }
    }

    /// <summary>What is on the queue or among the dead letters.</summary>
    private async Task<HashSet<Identity>> KnownAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _known) is { } fresh && clock.GetElapsedTime(_knownAt) < KnownFor) return fresh;
        var known = new HashSet<Identity>();
        foreach (var looker in new[] { clients.Looker, clients.DeadLooker })
        {
            await foreach (var message in new PeekedPages(looker).AllAsync(cancellationToken))
                known.Add(new Identity(MessageReader.Message(message).MessageId, (MessageReader.State(message).EnqueuedAt ?? message.EnqueuedTime).ToUnixTimeMilliseconds()));
        }

        (_known, _knownAt) = (known, clock.GetTimestamp());
        return known;
    }

    /// <summary>A message, whichever copy of it.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Identity(string MessageId, long EnqueuedAt)
    {
        public static Identity Of(DeadLetter letter) => new(letter.Message.MessageId, letter.EnqueuedAt.ToUnixTimeMilliseconds());
    }
}
