using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Posthorn.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>
/// The embedded queue: one SQLite file with the semantics of Azure Service Bus peek-lock, which several processes of one machine
/// may use at once.
/// </summary>
public sealed class SqliteQueue : IDeliveryQueue, IDisposable
{
    private const string WriterCache = "PRAGMA cache_size = -16384"; // KiB. The others read little that is not new.
    private readonly SqliteQueueOptions _options;
    private readonly TimeProvider _clock;
    private readonly GroupCommitWriter _writer;
    private readonly QueueReader _reader; // Of the contents of leased messages, and of nothing that could hold those up.
    private readonly QueueReader _counter;
    private readonly DeadLetterReader _browser;
    private readonly NewsWatch _news;
    private readonly SqliteFile _file;
    private volatile bool _isClosed;
    private volatile bool _holdsAreHeeded;

    private SqliteQueue(SqliteFile file, SqliteQueueOptions options, TimeProvider clock)
    {
        (_file, _options, _clock) = (file, options, clock);
        _reader = new QueueReader(file.Connect());
        _counter = new QueueReader(file.Connect());
        _browser = new DeadLetterReader(file.Connect());
        _news = new NewsWatch(file.Connect(), clock);
        _writer = new GroupCommitWriter(new QueueStatements(file.Connect(WriterCache), options.OnExhausted == OnExhausted.Hold), clock);
        Path = file.Path;
        DeadLetters = new SqliteDeadLetterQueue(this, _browser);
    }

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>Its dead-letter sub-queue.</summary>
    public IDeadLetterQueue DeadLetters { get; }

    /// <summary>Opens the queue, making the file when there is none.</summary>
    /// <exception cref="QueueFileException">The file cannot be used.</exception>
    public static SqliteQueue Open(SqliteQueueOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(clock);
        var file = QueueFile.Open(options.Path);
        try
        {
            return new SqliteQueue(file, options, clock);
        }
        catch (SqliteException broken)
        {
            throw new QueueFileException(file.Path, QueueFile.Explain(broken), broken);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<EnqueueOutcome>> EnqueueAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        cancellationToken.ThrowIfCancellationRequested();
        var properties = messages.Select(message => PropertiesJson.Write(message.Properties)).ToList();
        var outcomes = await WriteAsync((file, now) => Enqueue(file, messages, properties, now), messages.Count);
        FailPoint.Hit(QueuePoints.Enqueued);
        _news.Ring();
        return outcomes;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ILease>> ReceiveAsync(int max, int maxReplayed, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        await HeedHoldsAsync();
        return await WaitAsync(
            now => _news.Mark(now, withReplayed: maxReplayed > 0),
            async () => await LeaseAsync(max, maxReplayed) is { Count: > 0 } leases ? leases : null,
            maxWait,
            cancellationToken) ?? [];
    }

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellationToken) => Reading(_news.Version);

    /// <inheritdoc/>
    public Task<QueueCounts> CountAsync(CancellationToken cancellationToken) => Task.Run(() => Translated(() => _counter.Count(Now)), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _isClosed = true;
        _writer.Dispose();
        _reader.Dispose();
        _counter.Dispose();
        _browser.Dispose();
        _news.Dispose();
    }

    internal long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    internal DateTimeOffset LockEnd(long now) => DateTimeOffset.FromUnixTimeMilliseconds(now) + _options.LockDuration;

    internal TimeProvider Clock => _clock;

    internal NewsWatch News => _news;

    internal SqliteConnection Connect() => _file.Connect();

    internal void Ring() => _news.Ring();

    /// <summary>Tries until there is an answer; null when there was none in time.</summary>
    /// <param name="look">Tells when there may be one, of the time now in Unix milliseconds.</param>
    /// <param name="attempt">Tries, and gives null when there is none.</param>
    /// <param name="maxWait">How long.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    internal async Task<T?> WaitAsync<T>(Func<long, NewsMark> look, Func<Task<T?>> attempt, TimeSpan maxWait, CancellationToken cancellationToken)
        where T : class
    {
        var started = _clock.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var mark = Translated(() => look(Now));
            if (mark.Next <= Now && await attempt() is { } answer) return answer;

            var left = maxWait - _clock.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return null;
            var untilNext = mark.Next is { } time ? TimeSpan.FromMilliseconds(Math.Clamp(time - Now, 1, (long)left.TotalMilliseconds + 1)) : left;
            await _news.WaitAsync(mark, () => Translated(_news.Version), untilNext < left ? untilNext : left, cancellationToken);
        }
    }

    internal Task<T> WriteAsync<T>(Func<QueueStatements, long, T> work, int rows = 1) => _writer.RunAsync(work, rows);

    internal Task<bool> CompleteAsync(long sequence, long token) => _writer.CompleteAsync(sequence, token);

    internal Task<T> Reading<T>(Func<T> read) => Task.FromResult(Translated(read));

    /// <summary>What a read of the file may run into, in the port's own words.</summary>
    internal T Translated<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SqliteException broken)
        {
            throw new QueueUnavailableException(QueueFile.Explain(broken), broken);
        }
        catch (Exception closed) when (_isClosed)
        {
            throw new QueueUnavailableException("the queue is closed", closed);
        }
    }

    /// <summary>Puts messages on the queue, within a transaction.</summary>
    /// <param name="file">The writer's.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="properties">Their properties, serialized.</param>
    /// <param name="now">The time.</param>
    /// <param name="numbers">Takes the number of each; 0 of one that was not added.</param>
    internal List<EnqueueOutcome> Enqueue(QueueStatements file, IReadOnlyList<QueueMessage> messages, List<byte[]> properties, long now, List<long>? numbers = null)
    {
        var since = now - (long)_options.DuplicateWindow.TotalMilliseconds;
        var outcomes = file.RecentIds.Judge(messages, since);
        if (outcomes.Contains(EnqueueOutcome.Conflict)) return outcomes;
        var added = Enumerable.Range(0, messages.Count).Where(i => outcomes[i] == EnqueueOutcome.Accepted).ToList();
        var given = file.Insert(added.ConvertAll(i => messages[i]), added.ConvertAll(i => properties[i]), now);
        numbers?.AddRange(new long[messages.Count]);
        if (numbers is not null) foreach (var (place, i) in added.Index()) numbers[i] = given[place];

        file.RecentIds.Forget(since, (2 * messages.Count) + 500); // More than were added: what is past the window goes as fast as it came.
        return outcomes;
    }

    /// <summary>Who delivers decides: where dead letters hold no key, those that do by an earlier setting let go of it.</summary>
    internal async Task HeedHoldsAsync()
    {
        if (_holdsAreHeeded) return;
        if (_options.OnExhausted == OnExhausted.Skip && Translated(_counter.IsAnyHeld))
        {
            await WriteAsync((file, _) =>
            {
                file.Order.LetGo();
                return true;
            });
        }

        _holdsAreHeeded = true;
    }

    /// <summary>Leases a batch in one statement; buries what has expired or was leased too often.</summary>
    private async Task<IReadOnlyList<ILease>> LeaseAsync(int max, int maxReplayed)
    {
        var token = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        var (rows, until) = await WriteAsync((file, now) =>
        {
            file.Sessions.EndLapsed(now);
            file.Order.JoinSomeDue(now); // What expires after it was due dies in its line.
            file.DeadLetters.BuryExpired(now);
            var end = LockEnd(now);
            return (LeaseAlive(file, token, end.ToUnixTimeMilliseconds(), now, max, maxReplayed), end);
        });
        return [.. rows.Zip(_reader.Contents(rows), (row, message) => message is null ? null : new SqliteLease(this, row, message, token, until)).OfType<ILease>()];
    }

    /// <summary>Leases again while all it gets is spent, so that a head of spent messages hides nobody.</summary>
    private List<LeasedRow> LeaseAlive(QueueStatements file, long token, long until, long now, int max, int maxReplayed) =>
        Alive(file, now, () => file.Lease(token, until, now, max, maxReplayed));

    /// <inheritdoc cref="LeaseAlive"/>
    internal List<LeasedRow> Alive(QueueStatements file, long now, Func<List<LeasedRow>> lease)
    {
        while (true)
        {
            var leased = lease();
            var spent = leased.Where(row => row.DeliveryCount > _options.MaxDeliveryCount).ToList();
            foreach (var row in spent)
                file.DeadLetters.Bury(row, token: null, Spent(row, now), facts: null);
            if (spent.Count < leased.Count || leased.Count == 0) return [.. leased.Except(spent)];
        }
    }

    private Death Spent(LeasedRow row, long now) =>
        new(now, DeadLetterReason.MaxDeliveryCountExceeded, $"leased {_options.MaxDeliveryCount} times without being settled", row.Progress, Uncounted: 1);
}
