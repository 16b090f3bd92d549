using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>The dead-letter sub-queue: what it keeps, how it is browsed, and how letters leave it.</summary>
public abstract class DeadLetterContract : QueueFacts
{
    [Fact]
    public async Task Fault_5_a_dead_letter_is_in_exactly_one_place()
    {
        await BuryAsync("a");
        await AdvanceAsync(TimeSpan.FromHours(1));

        await NothingIsDueAsync();
        (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
        (await Queue.CountAsync(default)).ShouldBe(new QueueCounts(0, 0, 0, 1, null));
    }

    [Fact]
    public async Task Fault_5_dead_lettering_on_a_lost_lock_leaves_the_message_on_the_queue_only()
    {
        await EnqueueAsync("a");
        var lost = await LeaseOneAsync();
        await LocksRunOutAsync();

        await Should.ThrowAsync<LockLostException>(() => lost.DeadLetterAsync(DeadLetterReason.PermanentFailure, "404", null, default));

        (await DeadLetters.CountAsync(default)).ShouldBe(0);
        (await LeaseAsync(10)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_dead_letter_keeps_the_message_the_cause_and_every_attempt()
    {
        var enqueuedAt = Now;
        byte[] body = [0, 255, 1, 254];
        await EnqueueAsync(Message("a") with
        {
            Body = body,
            ContentType = "text/plain",
            OrderingKey = "k7",
            Properties = new Dictionary<string, string> { ["tenant"] = "ü" },
        });
        var (first, second) = (Attempt(1), Attempt(2));
        await (await LeaseOneAsync()).RetryAsync(Now.AddMinutes(1), first, default);
        await AdvanceAsync(TimeSpan.FromMinutes(1));
        await (await LeaseOneAsync()).PostponeAsync(Now, default);
        await (await LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.EndpointGone, "410 Gone", second, default);

        var letter = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();

        (letter.Reason, letter.Description, letter.DeliveryCount).ShouldBe((DeadLetterReason.EndpointGone, "410 Gone", 1));
        letter.EnqueuedAt.ShouldBe(enqueuedAt, TimeSpan.FromSeconds(1));
        letter.DeadLetteredAt.ShouldBe(Now, TimeSpan.FromSeconds(1));
        letter.Message.MessageId.ShouldBe("a");
        letter.Message.Body.ToArray().ShouldBe(body);
        (letter.Message.ContentType, letter.Message.OrderingKey, letter.Message.Properties["tenant"]).ShouldBe(("text/plain", "k7", "ü"));
        (letter.Progress.AttemptsMade, letter.Progress.Postponements, letter.Progress.Replays).ShouldBe((2, 1, 0));
        letter.Progress.Attempts.ShouldBe([first, second]);
    }

    [Fact]
    public async Task Dead_lettering_without_an_attempt_spends_none()
    {
        await EnqueueAsync("a");
        await (await LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.MalformedEnvelope, "not an envelope", null, default);

        var letter = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();

        (letter.Progress.AttemptsMade, letter.Progress.Attempts.Count).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_description_is_cut_to_what_a_broker_takes()
    {
        var text = new string('é', DeadLetterReason.MaxDescriptionLength * 3);
        await EnqueueAsync("a");
        await (await LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.PermanentFailure, text, null, default);

        var description = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem().Description;

        description.Length.ShouldBe(DeadLetterReason.MaxDescriptionLength);
        description.ShouldStartWith(text[..4000]);
    }

    [Fact]
    public async Task Pages_ascend_from_a_sequence_number_and_miss_nothing()
    {
        string[] ids = [.. Enumerable.Range(0, 25).Select(i => $"m{i:00}")];
        await BuryAsync(ids);

        var seen = new List<DeadLetter>();
        for (var from = 0L; await DeadLetters.BrowseAsync(from, 7, default) is { Count: > 0 } page; from = page[^1].Sequence + 1)
        {
            page.Count.ShouldBeLessThanOrEqualTo(7);
            seen.AddRange(page);
        }

        seen.Select(letter => letter.Message.MessageId).ShouldBe(ids);
        seen.Select(letter => letter.Sequence).ShouldBeInOrder(SortDirection.Ascending);
        seen.DistinctBy(letter => letter.Sequence).Count().ShouldBe(25);
    }

    [Fact]
    public async Task Browsing_takes_no_lock()
    {
        await BuryAsync("a", "b");

        for (var i = 0; i < 5; i++) (await DeadLetters.BrowseAsync(0, 10, default)).Count.ShouldBe(2);
        (await DeadLetters.CountAsync(default)).ShouldBe(2);
    }

    [Fact]
    public async Task The_newest_come_newest_first()
    {
        await BuryAsync("a", "b", "c", "d");

        (await DeadLetters.SummariesAsync(long.MaxValue, 3, BrowseOrder.Descending, default)).Select(letter => letter.MessageId).ShouldBe(["d", "c", "b"]);
    }

    [Fact]
    public async Task An_empty_dead_letter_queue_has_nothing()
    {
        (await DeadLetters.CountAsync(default)).ShouldBe(0);
        (await DeadLetters.BrowseAsync(0, 10, default)).ShouldBeEmpty();
        (await DeadLetters.SummariesAsync(long.MaxValue, 10, BrowseOrder.Descending, default)).ShouldBeEmpty();
        (await DeadLetters.ReplayAsync([1, 2, 3], ReplayChanges.None, default)).ShouldBeEmpty();
        (await DeadLetters.PurgeAsync([1, 2, 3], default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_replayed_letter_is_due_now_with_attempts_afresh_and_its_history()
    {
        await EnqueueAsync(Message("a", "the body") with { ContentType = "text/plain" });
        var (first, second) = (Attempt(1), Attempt(2));
        await (await LeaseOneAsync()).RetryAsync(Now, first, default);
        await (await LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.RetriesExhausted, "503", second, default);
        var sequence = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem().Sequence;

        (await DeadLetters.ReplayAsync([sequence], ReplayChanges.None, default)).ShouldBe([sequence]);

        var lease = (await LeaseAsync(10)).ShouldHaveSingleItem();
        (lease.Progress.AttemptsMade, lease.Progress.Postponements, lease.Progress.Replays, lease.DeliveryCount).ShouldBe((0, 0, 1, 1));
        lease.Progress.Attempts.ShouldBe([first, second]);
        lease.Message.Body.ToArray().ShouldBe(Message("a", "the body").Body.ToArray());
        lease.Message.ContentType.ShouldBe("text/plain");
        (await DeadLetters.CountAsync(default)).ShouldBe(0);
    }

    [Fact]
    public async Task A_letter_that_dies_again_can_be_replayed_again_and_replays_are_counted()
    {
        await BuryAsync("a");
        for (var replays = 1; replays <= 4; replays++)
        {
            var letter = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
            (await DeadLetters.ReplayAsync([letter.Sequence], ReplayChanges.None, default)).Count.ShouldBe(1);
            var lease = (await LeaseAsync(10)).ShouldHaveSingleItem();
            (lease.Progress.Replays, lease.Progress.AttemptsMade).ShouldBe((replays, 0));
            await lease.DeadLetterAsync(DeadLetterReason.PermanentFailure, "again", Attempt(1), default);
        }

        var last = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
        (last.Progress.Replays, last.Progress.AttemptsMade, last.Progress.Attempts.Count).ShouldBe((4, 1, 5));
    }

    [Fact]
    public async Task Fault_6_a_replay_run_twice_adds_no_second_copy()
    {
        await BuryAsync("a", "b");
        long[] sequences = [.. (await DeadLetters.BrowseAsync(0, 10, default)).Select(letter => letter.Sequence)];

        (await DeadLetters.ReplayAsync([.. sequences, .. sequences], ReplayChanges.None, default)).ShouldBe(sequences, ignoreOrder: true);
        (await DeadLetters.ReplayAsync(sequences, ReplayChanges.None, default)).ShouldBeEmpty();

        Ids(await LeaseAsync(10)).Count().ShouldBe(2);
    }

    [Fact]
    public async Task Fault_6_replays_at_the_same_time_add_one_copy()
    {
        await BuryAsync([.. Enumerable.Range(0, 10).Select(i => $"m{i}")]);
        long[] sequences = [.. (await DeadLetters.BrowseAsync(0, 100, default)).Select(letter => letter.Sequence)];

        var replays = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => DeadLetters.ReplayAsync(sequences, ReplayChanges.None, default)))).WaitAsync(Patience);

        replays.SelectMany(replayed => replayed).ShouldBe(sequences, ignoreOrder: true);
        (await LeaseAsync(100)).Count.ShouldBe(10);
    }

    [Fact]
    public async Task A_replay_leaves_the_letters_it_does_not_name()
    {
        await BuryAsync("a", "b", "c");
        var letters = await DeadLetters.BrowseAsync(0, 10, default);

        (await DeadLetters.ReplayAsync([letters[1].Sequence, long.MaxValue, -1], ReplayChanges.None, default)).ShouldBe([letters[1].Sequence]);

        (await DeadLetters.BrowseAsync(0, 10, default)).Select(letter => letter.Message.MessageId).ShouldBe(["a", "c"]);
    }

    [Fact]
    public async Task A_replayed_letter_counts_its_deliveries_afresh()
    {
        await EnqueueAsync("poison");
        for (var i = 0; i < Settings.MaxDeliveryCount; i++) await (await LeaseOneAsync()).AbandonAsync(default);
        await NothingIsDueAsync();
        var letter = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();

        await DeadLetters.ReplayAsync([letter.Sequence], ReplayChanges.None, default);

        (await LeaseOneAsync()).DeliveryCount.ShouldBe(1);
    }

    [Fact]
    public async Task Purged_letters_are_gone_for_good()
    {
        await BuryAsync("a", "b", "c");
        var letters = await DeadLetters.BrowseAsync(0, 10, default);

        (await DeadLetters.PurgeAsync([letters[0].Sequence, letters[2].Sequence, long.MaxValue], default)).ShouldBe(2);
        (await DeadLetters.PurgeAsync([letters[0].Sequence], default)).ShouldBe(0);

        (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem().Message.MessageId.ShouldBe("b");
        (await DeadLetters.ReplayAsync([letters[0].Sequence], ReplayChanges.None, default)).ShouldBeEmpty();
        await NothingIsDueAsync();
    }

    [Fact]
    public async Task Sequence_numbers_grow_with_the_time_of_death_even_after_a_purge()
    {
        await BuryAsync("a", "b");
        var newest = (await DeadLetters.SummariesAsync(long.MaxValue, 1, BrowseOrder.Descending, default))[0].Sequence;
        await DeadLetters.PurgeAsync([newest], default);
        await BuryAsync("c");

        (await DeadLetters.SummariesAsync(long.MaxValue, 1, BrowseOrder.Descending, default))[0].Sequence.ShouldBeGreaterThan(newest);
    }
}
