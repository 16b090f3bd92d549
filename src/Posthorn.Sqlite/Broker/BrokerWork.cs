namespace Posthorn.Sqlite.Broker;

/// <summary>A list of changes that are made together, within the writer's transaction.</summary>
internal sealed class BrokerWork(SqliteQueue queue, IReadOnlyList<BrokerChange> changes)
{
    private readonly List<List<byte[]>> _properties = [.. changes.Select(change => change is BrokerChange.Send send ? send.Messages.Select(message => PropertiesJson.Write(message.Properties)).ToList() : [])];

    /// <summary>Lets happen what time has brought about: sessions end, scheduled messages join their lines, others expire.</summary>
    public static void CatchUp(QueueStatements file, long now)
    {
        file.Sessions.EndLapsed(now);
        file.Order.JoinSomeDue(now);
        file.DeadLetters.BuryExpired(now);
    }

    /// <summary>Makes them; null, and nothing is changed, when a lock is not held.</summary>
    public IReadOnlyList<IReadOnlyList<long>>? Apply(QueueStatements file, long now)
    {
        var settled = changes.OfType<BrokerChange.Settle>().ToList();
        if (settled.DistinctBy(change => (change.Entity, change.Lock)).Count() < settled.Count) return null;
        if (changes.Count > 1 && !settled.TrueForAll(change => IsHeld(file, change, now))) return null;
        var numbers = new List<IReadOnlyList<long>>(changes.Count);
        for (var i = 0; i < changes.Count; i++)
        {
            if (Apply(file, i, now) is not { } made) return changes.Count == 1 ? null : throw new InvalidOperationException($"{changes[i]} could not be made, though its lock was held.");
            numbers.Add(made);
        }

        return numbers;
    }

    private static bool IsHeld(QueueStatements file, BrokerChange.Settle change, long now) =>
        change.Entity == BrokerEntity.DeadLetters ? file.Letters.IsHeld(change.Lock, now) : file.Broker.IsHeld(change.Lock, now);

    private IReadOnlyList<long>? Apply(QueueStatements file, int index, long now)
    {
        switch (changes[index])
        {
            case BrokerChange.Send send:
                var numbers = new List<long>(send.Messages.Count);
                queue.Enqueue(file, send.Messages, _properties[index], now, numbers);
                return numbers;
            case BrokerChange.Settle { Entity: BrokerEntity.DeadLetters } settle:
                return file.Letters.Settle(file, settle.Lock, settle.How, now) ? [] : null;
            case BrokerChange.Settle settle:
                return file.Broker.Settle(settle.Lock, settle.How, now) ? [] : null;
            default:
                throw new InvalidOperationException($"{changes[index]} is no change.");
        }
    }
}
