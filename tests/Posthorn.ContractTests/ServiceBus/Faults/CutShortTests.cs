using Posthorn.Queues;

namespace Posthorn.ContractTests.ServiceBus.Faults;

/// <summary>What is cut short at any of its calls to the broker, in every way, ends as if it had been done once.</summary>
public sealed class CutShortTests
{
    public static TheoryData<bool, bool, bool> Ways => EveryCall.Ways();

    [Theory, MemberData(nameof(Ways))]
    public Task Fault_04_a_retry_cut_short_leaves_exactly_one_copy(bool sessions, bool isLost, bool isKilled) => EveryCall.FailsOnceAsync(
        sessions, isLost, isKilled,
        story => story.EnqueueAsync("a"),
        async story => await (await story.LeaseOneAsync()).RetryAsync(story.Now.AddMinutes(1), story.Attempt(), default),
        async story =>
        {
            story.Mail.Count.ShouldBe(1);
            var lease = (await story.DrainAsync()).ShouldHaveSingleItem();
            lease.Message.MessageId.ShouldBe("a");
            lease.Progress.AttemptsMade.ShouldBeInRange(0, 1);
            lease.Progress.Attempts.Count.ShouldBe(lease.Progress.AttemptsMade);
            story.Look.Dead.ShouldBeEmpty();
        });

    [Theory, MemberData(nameof(Ways))]
    public Task Fault_04_what_was_not_retried_is_retried_again_and_nothing_comes_twice(bool sessions, bool isLost, bool isKilled) => EveryCall.FailsOnceAsync(
        sessions, isLost, isKilled,
        story => story.EnqueueAsync("a", "b"),
        async story => await (await story.LeaseOneAsync()).RetryAsync(story.Now.AddMinutes(1), story.Attempt(), default),
        async story =>
        {
            story.Advance(TimeSpan.FromSeconds(31));
            var due = await story.LeaseAllAsync();
            foreach (var lease in due.Where(lease => lease.Progress.AttemptsMade == 0)) await lease.RetryAsync(story.Now.AddMinutes(1), story.Attempt(), default);
            var done = await story.DrainAsync();
            done.Select(lease => lease.Message.MessageId).Order(StringComparer.Ordinal).ShouldBe(["a", "b"]);
        });

    [Theory, MemberData(nameof(Ways))]
    public Task Fault_05_a_dead_letter_cut_short_is_on_the_queue_or_dead_and_never_both(bool sessions, bool isLost, bool isKilled) => EveryCall.FailsOnceAsync(
        sessions, isLost, isKilled,
        story => story.EnqueueAsync("a"),
        async story => await BuryAsync(story, await story.LeaseOneAsync()),
        async story =>
        {
            (story.Mail.Count + story.Look.Dead.Count).ShouldBe(1);
            story.Advance(TimeSpan.FromSeconds(31));
            foreach (var lease in await story.LeaseAllAsync()) await BuryAsync(story, lease);
            story.IsEmpty.ShouldBeTrue();
            var letter = (await story.Queue.DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
            (letter.Message.MessageId, letter.Reason, letter.Progress.AttemptsMade).ShouldBe(("a", DeadLetterReason.PermanentFailure, 1));
        });

    [Theory, MemberData(nameof(Ways))]
    public Task Fault_06_a_replay_cut_short_is_run_again_and_adds_no_second_copy(bool sessions, bool isLost, bool isKilled) =>
        ReplayCutShortAsync(sessions, isLost, isKilled, crosses: true);

    [Theory, MemberData(nameof(Ways))]
    public Task Fault_06_neither_does_one_without_transactions_across_entities(bool sessions, bool isLost, bool isKilled) =>
        ReplayCutShortAsync(sessions, isLost, isKilled, crosses: false);

    [Theory, MemberData(nameof(Ways))]
    public Task Fault_07_a_send_whose_answer_is_lost_is_sent_again_and_there_is_one_copy(bool sessions, bool isLost, bool isKilled) => EveryCall.FailsOnceAsync(
        sessions, isLost, isKilled,
        story => story.EnqueueAsync("earlier"),
        story => story.EnqueueAsync("a", "b"),
        async story =>
        {
            await story.EnqueueAsync("a", "b");
            var done = await story.DrainAsync();
            done.Select(lease => lease.Message.MessageId).Order(StringComparer.Ordinal).ShouldBe(["a", "b", "earlier"]);
        });

    [Theory, MemberData(nameof(Ways))]
    public Task Fault_10_replacements_cut_short_are_all_there_or_none_is(bool sessions, bool isLost, bool isKilled) => EveryCall.FailsOnceAsync(
        sessions, isLost, isKilled,
        story => story.EnqueueAsync("event"),
        async story => await (await story.LeaseOneAsync()).ReplaceAsync([Story.Message("event.1"), Story.Message("event.2")], default),
        async story =>
        {
            var done = (await story.DrainAsync()).Select(lease => lease.Message.MessageId).Order(StringComparer.Ordinal).ToList();
            string[][] either = [["event"], ["event.1", "event.2"]];
            either.ShouldContain(expected => expected.SequenceEqual(done), string.Join(' ', done));
        });

    [Theory, MemberData(nameof(Ways))]
    public Task Fault_08_a_receive_or_a_completion_cut_short_loses_nothing(bool sessions, bool isLost, bool isKilled) => EveryCall.FailsOnceAsync(
        sessions, isLost, isKilled,
        story => story.EnqueueAsync("a", "b", "c"),
        async story =>
        {
            for (var i = 0; i < 3; i++)
            {
                var lease = await story.LeaseOneAsync();
                _done.Add((story, lease.Message.MessageId));
                await lease.CompleteAsync(default);
            }
        },
        async story =>
        {
            var done = _done.Where(one => one.Story == story).Select(one => one.Id).Concat((await story.DrainAsync()).Select(lease => lease.Message.MessageId));
            done.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ShouldBe(["a", "b", "c"]);
        });

    private readonly List<(Story Story, string Id)> _done = [];

    private static Task ReplayCutShortAsync(bool sessions, bool isLost, bool isKilled, bool crosses) => EveryCall.FailsOnceAsync(
        sessions, isLost, isKilled,
        async story =>
        {
            foreach (var id in new[] { "a", "b", "c" })
            {
                await story.EnqueueAsync(id);
                await BuryAsync(story, await story.LeaseOneAsync());
            }

            if (!crosses) await CannotCrossAsync(story);
        },
        story => ReplayAllAsync(story),
        async story =>
        {
            for (var again = 0; again < 5 && story.Look.Dead.Count > 0; again++)
            {
                story.Advance(TimeSpan.FromSeconds(31));
                await ReplayAllAsync(story);
            }

            story.Look.Dead.ShouldBeEmpty();
            var done = await story.DrainAsync();
            done.Select(lease => lease.Message.MessageId).Order(StringComparer.Ordinal).ShouldBe(["a", "b", "c"]);
            done.ShouldAllBe(lease => lease.Progress.Replays == 1 && lease.Progress.AttemptsMade == 0 && lease.Progress.Attempts.Count == 1);
        });

    /// <summary>Lets the adapter find out that this broker has no transactions over two entities, by a letter that is replayed before.</summary>
    private static async Task CannotCrossAsync(Story story)
    {
        await story.EnqueueAsync("first");
        await BuryAsync(story, await story.LeaseOneAsync());
        story.Space.Faults.Hook = call => call is { InTransaction: true, Operation: ServiceBusDouble.BrokerOperation.Send }
            ? ServiceBusDouble.Fault.Before(new InvalidOperationException("Local transactions cannot span multiple top-level entities such as queue or topic."))
            : null;
        var first = story.Look.Dead[^1];
        (await story.Queue.DeadLetters.ReplayAsync([first.SequenceNumber], ReplayChanges.None, default)).ShouldBe([first.SequenceNumber]);
        story.Space.Faults.Clear();
        await (await story.LeaseOneAsync()).CompleteAsync(default);
    }

    private static async Task ReplayAllAsync(Story story) =>
        await story.Queue.DeadLetters.ReplayAsync([.. (await story.Queue.DeadLetters.BrowseAsync(0, 100, default)).Select(letter => letter.Sequence)], ReplayChanges.None, default);

    private static Task BuryAsync(Story story, ILease lease) =>
        lease.DeadLetterAsync(DeadLetterReason.PermanentFailure, "it said 400", story.Attempt(), default);
}
