using Posthorn.ContractTests.Queues;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>One queue file in a folder of its own.</summary>
public sealed class SqliteQueueHarness : QueueHarness
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<SqliteQueue> _opened = [];

    /// <summary>The queue's file.</summary>
    public string Path => _folder.File("queue.db");

    /// <inheritdoc/>
    public override string Adapter => "SQLite";

    /// <inheritdoc/>

    public override Task<OpenQueue> OpenAsync(QueueSettings settings)
    {
        var queue = OpenSqlite(settings);
        return Task.FromResult(new OpenQueue(queue, queue.DeadLetters));
    }

    /// <summary>Opens another instance on the file.</summary>
    public SqliteQueue OpenSqlite(QueueSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var options = new SqliteQueueOptions
        {
            Path = Path,
            LockDuration = settings.LockDuration,
            DuplicateWindow = settings.DuplicateWindow,
            MaxDeliveryCount = settings.MaxDeliveryCount,
            OnExhausted = settings.OnExhausted,
        };
        var queue = SqliteQueue.Open(options, settings.RealClock ? TimeProvider.System : Clock);
        _opened.Add(queue);
        return queue;
    }

    /// <summary>Closes every instance, so that the file may be opened anew or tampered with.</summary>
    public void Close()
    {
        _opened.ForEach(queue => queue.Dispose());
        _opened.Clear();
    }

    /// <inheritdoc/>
    protected override ValueTask DisposeCoreAsync()
    {
        Close();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>A folder that is deleted with what it holds.</summary>
public sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("posthorn-").FullName;

    /// <summary>The path of a file in it.</summary>
    public string File(string name) => Path.Combine(_path, name);

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_path, recursive: true);
}
