namespace Posthorn.ServiceBusDouble;

/// <summary>One thing that a transaction will do when it commits.</summary>
internal abstract record TransactionStep
{
    private TransactionStep()
    {
    }

    public abstract BrokerQueue Queue { get; }

    /// <summary>How many messages it is about.</summary>
    public abstract int Count { get; }

    public abstract IEnumerable<string> MessageIds { get; }

    /// <summary>Refuses, before anything is done, what cannot be done any more.</summary>
    public abstract void Check(BrokerTransaction transaction);

    public abstract void Apply(DateTimeOffset now);

    public virtual void Undo(BrokerTransaction transaction)
    {
    }

    /// <summary>Messages go to a queue; which of them are duplicates shows then.</summary>
    public sealed record Send(BrokerQueue Target, IReadOnlyList<WireMessage> Messages) : TransactionStep
    {
        public override BrokerQueue Queue => Target;

        public override int Count => Messages.Count;

        public override IEnumerable<string> MessageIds => Messages.Select(message => message.MessageId ?? "");

        public override void Check(BrokerTransaction transaction) => Target.CheckQuota(Messages.Sum(MessageSize.Of));

        public override void Apply(DateTimeOffset now) => Target.Send(Messages, now);
    }

    /// <summary>A message that is held is settled, if it is still held.</summary>
    public sealed record Settle(BrokerEntity Entity, StoredMessage Message, Settlement Settlement) : TransactionStep
    {
        public override BrokerQueue Queue => Entity.Queue;

        public override int Count => 1;

        public override IEnumerable<string> MessageIds => [Message.Content.MessageId ?? ""];

        public override void Check(BrokerTransaction transaction)
        {
            if (Message.Claim != transaction) throw Entity.HasSessions ? Refusal.SessionLockLost() : Refusal.LockLost();
        }

        public override void Apply(DateTimeOffset now)
        {
            Message.Claim = null;
            Entity.Settle(Message, Settlement);
        }

        public override void Undo(BrokerTransaction transaction)
        {
            if (Message.Claim == transaction) Message.Claim = null;
        }
    }

    /// <summary>A lock was renewed, which took effect at once and stays; it only counts.</summary>
    public sealed record Renew(BrokerEntity Entity, string MessageId) : TransactionStep
    {
        public override BrokerQueue Queue => Entity.Queue;

        public override int Count => 1;

        public override IEnumerable<string> MessageIds => [MessageId];

        public override void Check(BrokerTransaction transaction)
        {
        }

        public override void Apply(DateTimeOffset now)
        {
        }
    }
}
