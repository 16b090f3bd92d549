using Posthorn.Queues;
using Posthorn.ServiceBus.Links;
using Posthorn.ServiceBus.Receiving;
using Posthorn.ServiceBus.Receiving.Sessions;
using Posthorn.ServiceBus.Wire;

namespace Posthorn.ServiceBus.DeadLetters;

/// <summary>The queue's dead-letter sub-queue. Browsing peeks; what is replayed or purged is received first.</summary>
internal sealed class ServiceBusDeadLetterQueue : IDeadLetterQueue, IAsyncDisposable
{
    private readonly QueueCounter _counter;
    private readonly PeekedPages _alive;
    private readonly PeekedPages _dead;
    private readonly RunFailures _failures = new();
    private readonly DeadLetterImport _import;
    private readonly Lazy<(DeadLetterWalk Walk, DeadLetterReplay Replay, LetterExchange Exchange)> _changing;

    public ServiceBusDeadLetterQueue(BrokerClients clients, QueueCounter counter, MessageWriter writer, IMailSource source, ServiceBusQueueOptions options, TimeProvider clock)
    {
        (_counter, _alive, _dead) = (counter, new PeekedPages(clients.Looker), new PeekedPages(clients.DeadLooker));
        _import = new DeadLetterImport(clients, writer, source, _failures, clock);
        _changing = new(() =>
        {
            var (dead, alive) = clients.Crossing();
            var exchange = new LetterExchange(dead, alive);
            return (new DeadLetterWalk(dead, options, clock), new DeadLetterReplay(exchange, writer, clock), exchange);
        });
    }

    public async Task<IReadOnlyList<DeadLetter>> BrowseAsync(long fromSequence, int max, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        return (await _dead.AscendAsync(fromSequence, max, cancellationToken)).ConvertAll(LetterReader.Letter);
    }

    public async Task<IReadOnlyList<DeadLetterSummary>> SummariesAsync(long fromSequence, int max, BrowseOrder order, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        var page = order == BrowseOrder.Ascending ? _dead.AscendAsync(fromSequence, max, cancellationToken) : _dead.DescendAsync(fromSequence, max, cancellationToken);
        return (await page).ConvertAll(LetterReader.Summary);
    }

    public Task<long> CountAsync(CancellationToken cancellationToken) => _counter.CountDeadAsync(cancellationToken);

    public async Task<IReadOnlyList<long>> ReplayAsync(IReadOnlyList<long> sequences, ReplayChanges changes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(changes);
        if (changes.Instead is not null && sequences.Count != 1) throw new ArgumentException("One message can go in place of one dead letter only.", nameof(sequences));
        var (walk, replay, _) = _changing.Value;
        var existing = await _dead.ExistingAsync(sequences, cancellationToken);
        return existing.Count == 0 ? [] : await walk.SettleAsync(existing, LetterExchange.AtOnce, async letters =>
        {
            await replay.PutBackAsync(letters, changes);
            Left(letters);
        }, cancellationToken);
    }

    public async Task<RunRemains> FollowAsync(string run, CancellationToken cancellationToken)
    {
        var (waiting, retrying, dead) = (0L, 0L, 0L);
        await foreach (var message in _alive.AllAsync(cancellationToken))
        {
            if (LetterReader.RunOf(MessageReader.Message(message)) != run) continue;
            if ((MessageReader.Count(message, WireProperties.AttemptsMade) ?? 0) == 0) waiting++;
            else retrying++;
        }

        await foreach (var message in _dead.AllAsync(cancellationToken))
            if (LetterReader.RunOf(MessageReader.Message(message)) == run) dead++;
        return new RunRemains(waiting, retrying, dead + _failures.Of(run));
    }

    public Task<IReadOnlyList<bool>> ImportAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken) =>
        letters.Count == 0 ? Task.FromResult<IReadOnlyList<bool>>([]) : _import.AddAsync(letters, cancellationToken);

    public async Task<int> PurgeAsync(IReadOnlyList<long> sequences, CancellationToken cancellationToken)
    {
        var (walk, _, exchange) = _changing.Value;
        var existing = await _dead.ExistingAsync(sequences, cancellationToken);
        if (existing.Count == 0) return 0;
        var purged = await walk.SettleAsync(existing, LetterExchange.AtOnce, async letters =>
        {
            await exchange.SettleAsync([.. letters.Select(letter => (letter, SessionNote.ReleaseOf(letter)))]);
            Left(letters);
        }, cancellationToken);
        return purged.Count;
    }

    public async ValueTask DisposeAsync()
    {
        if (_changing.IsValueCreated) await _changing.Value.Walk.DisposeAsync();
        _import.Dispose();
    }

    /// <summary>Notes that letters have left.</summary>
    private void Left(IReadOnlyList<Azure.Messaging.ServiceBus.ServiceBusReceivedMessage> letters)
    {
        foreach (var letter in letters) _failures.Note(LetterReader.RunOf(MessageReader.Message(letter)), 1);
        _import.Forget();
    }
}
