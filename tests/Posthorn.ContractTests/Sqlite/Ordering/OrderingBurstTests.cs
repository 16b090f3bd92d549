using Posthorn.ContractTests.Queues;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Sqlite.Ordering;

/// <summary>Much scheduled mail of one key that is due at the same time: it joins its line whole before anything else does.</summary>
public sealed class OrderingBurstTests : QueueFacts
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_comes_after_many_that_were_scheduled_goes_behind_all_of_them(bool isReplayed)
    {
        await BuryAsync(Keyed("a-dead"));
        string[] scheduled = [.. Enumerable.Range(0, 300).Select(i => $"a{i:000}")];
        await EnqueueAsync([.. scheduled.Select(id => Keyed(id) with { DueAt = Now.AddMinutes(1) })]);
        await AdvanceAsync(TimeSpan.FromMinutes(1));

        if (isReplayed) await DeadLetters.ReplayAsync([(await TheDeadLetterAsync()).Sequence], ReplayChanges.None, default);
        else await EnqueueKeyedAsync("a-last");

        await ShouldDeliverAsync([.. scheduled, isReplayed ? "a-dead" : "a-last"]);
    }

    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}
