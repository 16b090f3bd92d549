using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Posthorn.Sql;
using Posthorn.Stores;

namespace Posthorn.Sqlite;

/// <summary>
/// One file as an <see cref="ISqlDatabase"/>. This process writes one transaction at a time, and other processes wait for it as it
/// waits for them, up to 5 s; reading goes on beside it. SQLite has no asynchronous calls: all of it is on the thread pool.
/// </summary>
internal sealed class SqliteDatabase(SqliteFile file) : ISqlDatabase
{
    private const int MaxIdleReaders = 4;

    // The log dirties a page for each endpoint it writes of, batch after batch: they reach the file once in 64 MB, not in 4.
    private const string RareCheckpoints = "PRAGMA wal_autocheckpoint = 16384;";
    private const string ManyWrites = $"PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768; {RareCheckpoints}";

    private readonly SemaphoreSlim _turn = new(1);
    private readonly StoreWriter _durable = new(file.Connect(RareCheckpoints));
    private readonly StoreWriter _relaxed = new(file.Connect(ManyWrites));
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private volatile bool _isClosed;

    /// <inheritdoc/>
    public string Name => file.Path;

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => Task.CompletedTask; // Done when the file was opened.

    /// <inheritdoc/>
    public Task<T> ReadAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancellationToken) => Task.Run(
        () => TranslatedAsync(async () =>
        {
            if (!_readers.TryTake(out var reader)) reader = file.Connect();
            try
            {
                return await work(new SqlSession(reader, cancellationToken));
            }
            finally
            {
                if (_isClosed || _readers.Count >= MaxIdleReaders) await reader.DisposeAsync();
                else _readers.Add(reader);
            }
        }),
        cancellationToken);

    /// <inheritdoc/>
    public async Task<T> WriteAsync<T>(Durability durability, Func<SqlSession, Task<T>> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var writer = durability == Durability.Full ? _durable : _relaxed;
            return await Task.Run(() => TranslatedAsync(() => writer.CommitAsync(work, cancellationToken)), cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<long>> PositionsAsync(SqlSession sql, int count)
    {
        var last = await sql.NumberAsync("SELECT coalesce(max(position), 0) FROM deliveries");
        return [.. Enumerable.Range(1, count).Select(i => last + i)];
    }

    /// <inheritdoc/>
    public Task InsertAsync(SqlSession sql, RowInsert insert, IReadOnlyList<object?[]> rows)
    {
        var writer = sql.Connection == _durable.Connection ? _durable : _relaxed;
        writer.Insert(insert, rows);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isClosed) return;
        _isClosed = true;
        await _turn.WaitAsync();
        _durable.Dispose();
        _relaxed.Dispose();
        while (_readers.TryTake(out var reader)) await reader.DisposeAsync();
        _turn.Release();
    }

    /// <summary>What the file may meet, in the ports' own words.</summary>
    private async Task<T> TranslatedAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return _isClosed ? throw new StoreUnavailableException("the store is closed") : await work();
        }
        catch (SqliteException broken) when (broken.SqliteErrorCode is not (SQLitePCL.raw.SQLITE_CONSTRAINT or SQLitePCL.raw.SQLITE_MISMATCH or SQLitePCL.raw.SQLITE_TOOBIG or SQLitePCL.raw.SQLITE_RANGE))
        {
            throw new StoreUnavailableException(file.Explain(broken), broken);
        }
        catch (Exception closed) when (_isClosed && closed is not StoreUnavailableException)
        {
            throw new StoreUnavailableException("the store is closed", closed);
        }
    }
}
