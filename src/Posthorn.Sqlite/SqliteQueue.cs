using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>
/// The embedded queue: one SQLite file with the semantics of Azure Service Bus peek-lock, which several processes of one machine
/// may use at once.
/// </summary>
public sealed class SqliteQueue : IDeliveryQueue, IDisposable
{
    private static readonly TimeSpan ForgetEvery = TimeSpan.FromSeconds(5);
    private readonly SqliteQueueOptions _options;
    private readonly TimeProvider _clock;
    private readonly GroupCommitWriter _writer;
    private readonly QueueReader _reader;
    private readonly NewsWatch _news;
    private long _forgetAt;

    private SqliteQueue(QueueFile file, SqliteQueueOptions options, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
        _writer = new GroupCommitWriter(new QueueStatements(file.Connect()));
        _reader = new QueueReader(file.Connect());
        _news = new NewsWatch(file.Connect(), clock);
        Path = file.Path;
        DeadLetters = new SqliteDeadLetterQueue(this, _reader);
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
        return new SqliteQueue(QueueFile.Open(options.Path), options, clock);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<EnqueueOutcome>> EnqueueAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var properties = messages.Select(message => JsonSerializer.Serialize(message.Properties, PropertiesContext.Default.IReadOnlyDictionaryStringString)).ToList();
        var outcomes = await WriteAsync((file, now) => Enqueue(file, messages, properties, now));
        _news.Ring();
        return outcomes;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ILease>> ReceiveAsync(int max, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var ring = _news.NextRing();
            if (NextVisible() is var next && next <= Now && await LeaseAsync(max) is { Count: > 0 } leases) return leases;

            var left = maxWait - _clock.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return [];
            var untilVisible = next is { } time ? TimeSpan.FromMilliseconds(Math.Clamp(time - Now, 1, (long)left.TotalMilliseconds + 1)) : left;
            await _news.WaitAsync(ring, untilVisible < left ? untilVisible : left, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<QueueCounts> CountAsync(CancellationToken cancellationToken) => Reading(() => _reader.Count(Now));

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
        _news.Dispose();
    }

    internal long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    internal DateTimeOffset LockEnd() => _clock.GetUtcNow() + _options.LockDuration;

    internal void Ring() => _news.Ring();

    internal Task<T> WriteAsync<T>(Func<QueueStatements, long, T> work) => _writer.RunAsync(file => work(file, Now));

    internal static Task<T> Reading<T>(Func<T> read)
    {
        try
        {
            return Task.FromResult(read());
        }
        catch (SqliteException broken)
        {
            throw new QueueUnavailableException(QueueFile.Explain(broken), broken);
        }
    }

    private List<EnqueueOutcome> Enqueue(QueueStatements file, IReadOnlyList<QueueMessage> messages, List<string> properties, long now)
    {
        var outcomes = Judge(file, messages, now - (long)_options.DuplicateWindow.TotalMilliseconds);
        if (outcomes.Contains(EnqueueOutcome.Conflict)) return outcomes;
        for (var i = 0; i < messages.Count; i++)
            if (outcomes[i] == EnqueueOutcome.Accepted) file.Insert(messages[i], properties[i], now);

        if (now >= _forgetAt)
        {
            _forgetAt = now + (long)ForgetEvery.TotalMilliseconds;
            file.Forget(now - (long)_options.DuplicateWindow.TotalMilliseconds);
        }

        return outcomes;
    }

    private static List<EnqueueOutcome> Judge(QueueStatements file, IReadOnlyList<QueueMessage> messages, long since)
    {
        var outcomes = new List<EnqueueOutcome>(messages.Count);
        var inBatch = new Dictionary<string, ReadOnlyMemory<byte>>(messages.Count, StringComparer.Ordinal);
        foreach (var message in messages)
        {
            var known = inBatch.TryGetValue(message.MessageId, out var before) ? before : file.FindRecent(message.MessageId, since) is { } seen ? seen : (ReadOnlyMemory<byte>?)null;
            inBatch.TryAdd(message.MessageId, message.Fingerprint);
            outcomes.Add(
                known is not { } fingerprint ? EnqueueOutcome.Accepted
                : fingerprint.IsEmpty || message.Fingerprint.IsEmpty || fingerprint.Span.SequenceEqual(message.Fingerprint.Span) ? EnqueueOutcome.Duplicate
                : EnqueueOutcome.Conflict);
        }

        return outcomes;
    }

    private long? NextVisible()
    {
        try
        {
            return _news.NextVisible();
        }
        catch (SqliteException broken)
        {
            throw new QueueUnavailableException(QueueFile.Explain(broken), broken);
        }
    }

    /// <summary>Leases a batch in one statement; buries what has expired or was leased too often.</summary>
    private async Task<IReadOnlyList<ILease>> LeaseAsync(int max)
    {
        var token = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        var until = LockEnd();
        var rows = await WriteAsync((file, now) =>
        {
            file.BuryExpired(now);
            var leased = file.Lease(token, until.ToUnixTimeMilliseconds(), now, max);
            foreach (var spent in leased.Where(IsSpent)) file.BurySpent(spent.Sequence, now, $"leased {_options.MaxDeliveryCount} times without being settled");
            return leased;
        });
        var alive = rows.Where(row => !IsSpent(row)).ToList();
        return await Reading(() => alive.ConvertAll<ILease>(row => new SqliteLease(this, row, _reader.Content(row.ContentId, row.MessageId), token, until)));
    }

    private bool IsSpent(LeasedRow row) => row.DeliveryCount > _options.MaxDeliveryCount;
}
