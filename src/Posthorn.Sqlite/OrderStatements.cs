using Microsoft.Data.Sqlite;

namespace Posthorn.Sqlite;

/// <summary>
/// What the writer does for the order within a key, each inside the writer's transaction. Who is first of a key is kept by the schema's
/// triggers, whoever puts a message on the queue or takes it off.
/// </summary>
internal sealed class OrderStatements(SqliteConnection connection) : IDisposable
{
    private const int Some = 256;

    private readonly Statement _joining = new(connection, $"""
        SELECT sequence FROM messages WHERE waits = 2 AND visible_at <= $0 AND (expires_at IS NULL OR expires_at > visible_at) ORDER BY visible_at, sequence LIMIT {Some}
        """);
    private readonly Statement _join = new(connection, """
        INSERT INTO messages (content_id, message_id, enqueued_at, due_at, visible_at, expires_at, ordering_key)
        SELECT content_id, message_id, enqueued_at, due_at, visible_at, expires_at, ordering_key FROM messages WHERE sequence = $0
        """);
    private readonly Statement _leave = new(connection, "DELETE FROM messages WHERE sequence = $0");
    private readonly Statement _hold = new(connection, "INSERT INTO holds SELECT $0, ordering_key, sequence FROM messages WHERE sequence = $1 AND ordering_key IS NOT NULL AND waits < 2");
    private readonly Statement _letGo = new(connection, "DELETE FROM holds");

    /// <summary>
    /// What was scheduled joins its line when it is due, with a new number: what came onto the queue before then goes before it, and what
    /// comes after, behind it, so this is done before anything else gets a number. What expires before it is due never joins.
    /// </summary>
    public void JoinDue(long now)
    {
        while (JoinSomeDue(now) == Some)
        {
        }
    }

    /// <summary>As <see cref="JoinDue"/>, a bounded number.</summary>
    /// <returns>How many.</returns>
    public int JoinSomeDue(long now)
    {
        var due = _joining.Query(row => row.GetInt64(0), now);
        foreach (var sequence in due)
        {
            _join.Execute(sequence);
            _leave.Execute(sequence);
        }

        return due.Count;
    }

    /// <summary>Holds a message's key by its dead letter.</summary>
    public void Hold(long deadSequence, long sequence) => _hold.Execute(deadSequence, sequence);

    /// <summary>Lets go of every key that a dead letter holds.</summary>
    public void LetGo() => _letGo.Execute();

    public void Dispose()
    {
        foreach (var statement in new[] { _joining, _join, _leave, _hold, _letGo }) statement.Dispose();
    }
}
