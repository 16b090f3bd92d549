using Posthorn.Amqp.Types;

namespace Posthorn.Amqp.Performatives;

/// <summary>What one end says of a delivery: an outcome (AMQP 1.0 §3.4), or one that holds if a transaction commits (§4.4.3).</summary>
public abstract record DeliveryState
{
    private DeliveryState()
    {
    }

    /// <summary>The message is the receiver's now (§3.4.2).</summary>
    public static Accepted Accept { get; } = new();

    /// <summary>The message goes back as it was (§3.4.4).</summary>
    public static Released Release { get; } = new();

    /// <summary>The outcome; that of a <see cref="Transactional"/> is the one inside it.</summary>
    public virtual DeliveryState? Outcome => this;

    /// <summary>The message is the receiver's now (§3.4.2).</summary>
    public sealed record Accepted : DeliveryState
    {
        internal override void Write(AmqpWriter writer) => writer.EndList(writer.StartComposite(Descriptor.Accepted), 0);
    }

    /// <summary>The message cannot be processed, for a reason (§3.4.3).</summary>
    public sealed record Rejected(AmqpError? Error) : DeliveryState
    {
        internal override void Write(AmqpWriter writer)
        {
            var list = writer.StartComposite(Descriptor.Rejected);
            Error?.Write(writer);
            writer.EndList(list, Error is null ? 0 : 1);
        }
    }

    /// <summary>The message goes back as it was (§3.4.4).</summary>
    public sealed record Released : DeliveryState
    {
        internal override void Write(AmqpWriter writer) => writer.EndList(writer.StartComposite(Descriptor.Released), 0);
    }

    /// <summary>The message goes back changed (§3.4.5).</summary>
    /// <param name="DeliveryFailed">Whether this counts as an unsuccessful delivery.</param>
    /// <param name="UndeliverableHere">Whether it isn't to be sent to this link again.</param>
    /// <param name="Annotations">What is to be put into its message annotations; null for nothing.</param>
    public sealed record Modified(bool DeliveryFailed, bool UndeliverableHere, AmqpMap? Annotations) : DeliveryState
    {
        internal override void Write(AmqpWriter writer)
        {
            var list = writer.StartComposite(Descriptor.Modified);
            writer.Boolean(DeliveryFailed);
            writer.Boolean(UndeliverableHere);
            writer.Map(Annotations);
            writer.EndList(list, 3);
        }
    }

    /// <summary>So much of the message has come (§3.4.1). It is no outcome.</summary>
    public sealed record Received(uint SectionNumber, ulong SectionOffset) : DeliveryState
    {
        /// <inheritdoc/>
        public override DeliveryState? Outcome => null;

        internal override void Write(AmqpWriter writer)
        {
            var list = writer.StartComposite(Descriptor.Received);
            writer.UInt(SectionNumber);
            writer.ULong(SectionOffset);
            writer.EndList(list, 2);
        }
    }

    /// <summary>A transaction was begun, and this is its id (§4.5.6).</summary>
    public sealed record Declared(TransactionId Transaction) : DeliveryState
    {
        internal override void Write(AmqpWriter writer)
        {
            var list = writer.StartComposite(Descriptor.Declared);
            writer.Binary(Transaction.Bytes.Span);
            writer.EndList(list, 1);
        }
    }

    /// <summary>The outcome belongs to a transaction (§4.5.8).</summary>
    /// <param name="Transaction">The transaction.</param>
    /// <param name="Provisional">The outcome if it commits; null on a transfer.</param>
    public sealed record Transactional(TransactionId Transaction, DeliveryState? Provisional) : DeliveryState
    {
        /// <inheritdoc/>
        public override DeliveryState? Outcome => Provisional;

        internal override void Write(AmqpWriter writer)
        {
            var list = writer.StartComposite(Descriptor.TransactionalState);
            writer.Binary(Transaction.Bytes.Span);
            Provisional?.Write(writer);
            writer.EndList(list, Provisional is null ? 1 : 2);
        }
    }

    /// <summary>Its kind alone, as a record's own text would name its outcome, and that itself again.</summary>
    public sealed override string ToString() => GetType().Name;

    internal abstract void Write(AmqpWriter writer);

    internal static DeliveryState? ReadField(ref AmqpReader reader) => reader.NextField() ? Read(ref reader, isInside: false) : null;

    private static DeliveryState Read(ref AmqpReader reader, bool isInside)
    {
        var descriptor = reader.ReadDescriptor();
        var scope = reader.EnterFields();
        DeliveryState state = descriptor switch
        {
            Descriptor.Accepted => Accept,
            Descriptor.Rejected => new Rejected(reader.NextField() ? AmqpError.Read(ref reader) : null),
            Descriptor.Released => Release,
            Descriptor.Modified => new Modified(reader.FieldBoolean() ?? false, reader.FieldBoolean() ?? false, reader.FieldMap()),
            Descriptor.Received => new Received(reader.FieldUInt() ?? throw AmqpException.Missing("section-number"), reader.FieldULong() ?? throw AmqpException.Missing("section-offset")),
            Descriptor.Declared => new Declared(ReadTransaction(ref reader)),
            Descriptor.TransactionalState when !isInside => new Transactional(ReadTransaction(ref reader), reader.NextField() ? Read(ref reader, isInside: true) : null),
            _ => throw AmqpException.Decode("A delivery state belongs here."),
        };
        reader.Leave(scope);
        return state;
    }

    private static TransactionId ReadTransaction(ref AmqpReader reader)
    {
        var id = reader.FieldBinary(out var hasValue);
        return hasValue ? TransactionId.From(id) : throw AmqpException.Missing("txn-id");
    }
}
