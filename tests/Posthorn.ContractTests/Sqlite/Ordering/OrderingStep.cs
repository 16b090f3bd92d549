using FsCheck;
using FsCheck.Fluent;

namespace Posthorn.ContractTests.Sqlite.Ordering;

/// <summary>What is done with a queue.</summary>
internal enum Act
{
    Enqueue,
    EnqueueScheduled,
    EnqueueExpiring,
    EnqueueScheduledExpiring,
    Receive,
    Complete,
    Retry,
    Postpone,
    Abandon,
    Renew,
    Bury,
    Replay,
    Purge,
    Advance,
    LoseLocks,
    Reopen,
}

/// <summary>One step of a random story.</summary>
/// <param name="Act">What is done.</param>
/// <param name="Pick">With which: a key, a lease, or a dead letter; or how many.</param>
/// <param name="Seconds">How much later.</param>
internal sealed record OrderingStep(Act Act, int Pick, int Seconds)
{
    private static readonly Gen<Act> Acts = Gen.Frequency(
        (6, Gen.Constant(Act.Enqueue)), (3, Gen.Constant(Act.EnqueueScheduled)), (3, Gen.Constant(Act.EnqueueExpiring)), (2, Gen.Constant(Act.EnqueueScheduledExpiring)),
        (12, Gen.Constant(Act.Receive)), (4, Gen.Constant(Act.Complete)), (4, Gen.Constant(Act.Retry)), (2, Gen.Constant(Act.Postpone)),
        (3, Gen.Constant(Act.Abandon)), (1, Gen.Constant(Act.Renew)), (4, Gen.Constant(Act.Bury)), (4, Gen.Constant(Act.Replay)), (2, Gen.Constant(Act.Purge)),
        (6, Gen.Constant(Act.Advance)), (2, Gen.Constant(Act.LoseLocks)), (1, Gen.Constant(Act.Reopen)));

    /// <summary>Up to eighty steps; a story that fails is told without the steps that do not matter.</summary>
    public static Arbitrary<OrderingSteps> Stories { get; } = Arb.From(
        from length in Gen.Choose(1, 80)
        from steps in Gen.ListOf(from act in Acts from pick in Gen.Choose(0, 11) from seconds in Gen.Choose(0, 12) select new OrderingStep(act, pick, seconds), length)
        select new OrderingSteps([.. steps]),
        story => story.Shorter());

    public override string ToString() => $"{Act}({Pick}, {Seconds} s)";
}

/// <summary>The steps of one story; they print in full.</summary>
internal sealed record OrderingSteps(IReadOnlyList<OrderingStep> All)
{
    public IEnumerable<OrderingSteps> Shorter()
    {
        for (var part = All.Count / 2; part > 0; part /= 2)
            for (var at = 0; at < All.Count; at += part)
                yield return new OrderingSteps([.. All.Take(at), .. All.Skip(at + part)]);
    }

    public override string ToString() => string.Join(", ", All);
}
