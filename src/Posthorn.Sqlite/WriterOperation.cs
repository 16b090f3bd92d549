namespace Posthorn.Sqlite;

/// <summary>Something that the writer is asked for, and who waits for it.</summary>
internal interface IWriterOperation
{
    /// <summary>How many messages it changes, as far as is known: at least 1.</summary>
    int Rows { get; }

    /// <summary>Does it, within the writer's transaction. It may run twice when another one's fails.</summary>
    /// <param name="statements">The writer's.</param>
    /// <param name="now">The time of the transaction, in Unix milliseconds.</param>
    void Execute(QueueStatements statements, long now);

    /// <summary>Tells who waits that it is committed, or why not; what they do next runs within this call, and must not block: others are told after it.</summary>
    void Answer(Exception? failure);
}

/// <summary>A piece of work with an answer of its own.</summary>
internal sealed class WriterOperation<T>(Func<QueueStatements, long, T> work, int rows) : TaskCompletionSource<T>, IWriterOperation
{
    private T? _result;

    public int Rows => Math.Max(1, rows);

    public void Execute(QueueStatements statements, long now) => _result = work(statements, now);

    public void Answer(Exception? failure)
    {
        if (failure is null) SetResult(_result!); // Execute ran in the same commit.
        else SetException(failure);
    }
}

/// <summary>The end of a leased message: the answer is false when its lock had ended. It is what a writer is asked for most, so those of a commit are done as one.</summary>
internal sealed class Completion(long sequence, long token) : TaskCompletionSource<bool>, IWriterOperation
{
    private bool _wasHeld;

    public int Rows => 1;

    /// <summary>Does all of a group.</summary>
    public static void Execute(IReadOnlyList<Completion> group, QueueStatements statements, long now)
    {
        foreach (var ofOneLease in group.GroupBy(completion => completion.Token))
        {
            var held = statements.Complete([.. ofOneLease.Select(completion => completion.Sequence)], ofOneLease.Key, now);
            foreach (var completion in ofOneLease) completion._wasHeld = held.Remove(completion.Sequence);
        }
    }

    private long Sequence => sequence;

    private long Token => token;

    public void Execute(QueueStatements statements, long now) => _wasHeld = statements.Complete(sequence, token, now);

    public void Answer(Exception? failure)
    {
        if (failure is null) SetResult(_wasHeld);
        else SetException(failure);
    }
}

/// <summary>Tells some of a commit's waiters, one after the other, on one thread of the pool: to wake a thread for each costs more than what most of them do next.</summary>
internal sealed class WriterAnswers(IReadOnlyList<IWriterOperation> operations, Exception? failure) : IThreadPoolWorkItem
{
    private const int OfOneThread = 16;

    /// <summary>Has all of them told.</summary>
    public static void Tell(IReadOnlyList<IWriterOperation> operations, Exception? failure)
    {
        foreach (var some in operations.Chunk(OfOneThread)) ThreadPool.UnsafeQueueUserWorkItem(new WriterAnswers(some, failure), preferLocal: false);
    }

    public void Execute()
    {
        foreach (var operation in operations) operation.Answer(failure);
    }
}
