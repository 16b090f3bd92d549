using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Posthorn.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.Sqlite;

/// <summary>
/// The one writer of this process. Whatever is asked for while a commit is under way goes into the next one together, so that
/// concurrent callers share an fsync; each is answered after the commit that holds its work.
/// </summary>
internal sealed class GroupCommitWriter : IDisposable
{
    // Large batches are committed one by one: while the writer is at one, its neighbours' callers read their next. Together they would be
    // answered together, and all of them read while the writer stands still.
    private const int MaxRows = 512;

    // Under load a breath between commits lets the next group grow, and lets another process have the file's lock.
    private const int BusyGroup = 4;
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(2);
    private readonly Channel<IWriterOperation> _operations = Channel.CreateUnbounded<IWriterOperation>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Thread _thread;
    private readonly QueueStatements _statements;
    private readonly TimeProvider _clock;

    public GroupCommitWriter(QueueStatements statements, TimeProvider clock)
    {
        (_statements, _clock) = (statements, clock);
        _thread = new Thread(Run) { IsBackground = true, Name = "posthorn-sqlite-writer" };
        _thread.Start();
    }

    /// <summary>Runs the work inside a transaction that it shares with others. It may run twice when another one's fails.</summary>
    /// <param name="work">The work; it is given the time in Unix milliseconds.</param>
    /// <param name="rows">How many messages it changes.</param>
    /// <exception cref="QueueUnavailableException">The file cannot be written now; nothing was changed.</exception>
    public Task<T> RunAsync<T>(Func<QueueStatements, long, T> work, int rows = 1)
    {
        var operation = new WriterOperation<T>(work, rows);
        Ask(operation);
        return operation.Task;
    }

    /// <summary>Takes a leased message off the queue; false when its lock had ended.</summary>
    /// <exception cref="QueueUnavailableException">The file cannot be written now; nothing was changed.</exception>
    public Task<bool> CompleteAsync(long sequence, long token)
    {
        var completion = new Completion(sequence, token);
        Ask(completion);
        return completion.Task;
    }

    /// <summary>Finishes what was asked for, and closes the connection.</summary>
    public void Dispose()
    {
        _operations.Writer.TryComplete();
        _thread.Join();
        _statements.Dispose();
    }

    private void Ask(IWriterOperation operation)
    {
        if (!_operations.Writer.TryWrite(operation)) throw new QueueUnavailableException("the queue is closed");
    }

    private void Run()
    {
        var group = new List<IWriterOperation>(MaxRows);
        while (_operations.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            Gather(group);
            CommitGroup(group);
            if (group.Count >= BusyGroup) Thread.Sleep(Breath);
            group.Clear();
        }
    }

    /// <summary>Takes what waits, as far as it goes into one commit; of what is too large for one, one alone.</summary>
    private void Gather(List<IWriterOperation> group)
    {
        for (var rows = 0; _operations.Reader.TryPeek(out var next) && (rows == 0 || rows + next.Rows <= MaxRows); rows += next.Rows)
            if (_operations.Reader.TryRead(out var operation)) group.Add(operation);
    }

    /// <summary>Commits all together; when one of them fails, each alone, so that it fails alone.</summary>
    private void CommitGroup(List<IWriterOperation> group)
    {
        if (TryCommit(group) is not { } failure) return;
        if (group.Count == 1 || IsShared(failure))
        {
            WriterAnswers.Tell(group, Unavailable(failure));
            return;
        }

        foreach (var operation in group)
            if (TryCommit([operation]) is { } alone) WriterAnswers.Tell([operation], Unavailable(alone));
    }

    private Exception? TryCommit(List<IWriterOperation> group)
    {
        try
        {
            _statements.Begin();
            Execute(group, _clock.GetUtcNow().ToUnixTimeMilliseconds());
            FailPoint.Hit(QueuePoints.Committing);
            _statements.Commit();
            FailPoint.Hit(QueuePoints.Committed);
        }
        catch (Exception failure)
        {
            _statements.Rollback();
            return failure;
        }

        WriterAnswers.Tell(group, failure: null);
        return null;
    }

    /// <summary>Does all of it; nobody has waited for another one's, so their order is free. One completion alone is cheaper by itself.</summary>
    private void Execute(List<IWriterOperation> group, long now)
    {
        var completions = group.OfType<Completion>().ToList();
        var areTogether = completions.Count > 1;
        if (areTogether) Completion.Execute(completions, _statements, now);
        foreach (var operation in group)
            if (!areTogether || operation is not Completion) operation.Execute(_statements, now);
    }

    /// <summary>Whether the failure is the file's and not one operation's: then trying each alone only takes longer.</summary>
    private static bool IsShared(Exception failure) => failure is FailPointException or SqliteException
    {
        SqliteErrorCode: SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_READONLY,
    };

    private static Exception Unavailable(Exception failure) => failure switch
    {
        SqliteException broken => new QueueUnavailableException(QueueFile.Explain(broken), broken),
        FailPointException => new QueueUnavailableException(failure.Message, failure),
        _ => failure,
    };
}
