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
    private const int MaxGroup = 1024;

    // Under load a breath between commits lets the next group grow, and lets another process have the file's lock.
    private const int BusyGroup = 4;
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(2);
    private readonly Channel<Operation> _operations = Channel.CreateUnbounded<Operation>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Thread _thread;
    private readonly QueueStatements _statements;

    public GroupCommitWriter(QueueStatements statements)
    {
        _statements = statements;
        _thread = new Thread(Run) { IsBackground = true, Name = "posthorn-sqlite-writer" };
        _thread.Start();
    }

    /// <summary>Runs the work inside a transaction that it shares with others. It may run twice when another one's fails.</summary>
    /// <exception cref="QueueUnavailableException">The file cannot be written now; nothing was changed.</exception>
    public Task<T> RunAsync<T>(Func<QueueStatements, T> work)
    {
        var operation = new Operation<T>(work);
        return _operations.Writer.TryWrite(operation) ? operation.Task : throw new QueueUnavailableException("the queue is closed");
    }

    /// <summary>Finishes what was asked for, and closes the connection.</summary>
    public void Dispose()
    {
        _operations.Writer.TryComplete();
        _thread.Join();
        _statements.Dispose();
    }

    private void Run()
    {
        var group = new List<Operation>(MaxGroup);
        while (_operations.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (group.Count < MaxGroup && _operations.Reader.TryRead(out var operation)) group.Add(operation);
            CommitGroup(group);
            if (group.Count >= BusyGroup) Thread.Sleep(Breath);
            group.Clear();
        }
    }

    /// <summary>Commits all together; when one of them fails, each alone, so that it fails alone.</summary>
    private void CommitGroup(List<Operation> group)
    {
        if (TryCommit(group) is not { } failure) return;
        if (group.Count == 1 || IsShared(failure))
        {
            foreach (var operation in group) operation.Fail(Unavailable(failure));
            return;
        }

        foreach (var operation in group)
            if (TryCommit([operation]) is { } alone) operation.Fail(Unavailable(alone));
    }

    private Exception? TryCommit(List<Operation> group)
    {
        try
        {
            _statements.Begin();
            foreach (var operation in group) operation.Execute(_statements);
            FailPoint.Hit(QueuePoints.Committing);
            _statements.Commit();
            FailPoint.Hit(QueuePoints.Committed);
        }
        catch (Exception failure)
        {
            _statements.Rollback();
            return failure;
        }

        foreach (var operation in group) operation.Succeed();
        return null;
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

    private abstract class Operation
    {
        public abstract void Execute(QueueStatements statements);

        public abstract void Succeed();

        public abstract void Fail(Exception failure);
    }

    private sealed class Operation<T>(Func<QueueStatements, T> work) : Operation
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;

        public Task<T> Task => _done.Task;

        public override void Execute(QueueStatements statements) => _result = work(statements);

        public override void Succeed() => _done.SetResult(_result!); // Execute ran in the same commit.

        public override void Fail(Exception failure) => _done.SetException(failure);
    }
}
