using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>Dead letters that come from elsewhere, or come back.</summary>
public abstract class DeadLetterImportContract : QueueFacts
{
    public static TheoryData<string> Kinds => [.. DeadMail.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_letter_that_was_purged_comes_back_to_the_field(string kind)
    {
        await EnqueueAsync(DeadMail.Of(kind));
        await (await LeaseOneAsync()).RetryAsync(Now, Attempt(1), default);
        await (await LeaseOneAsync()).PostponeAsync(Now, default);
        await (await LeaseOneAsync()).AbandonAsync(default);
        await BuryAsync(await LeaseOneAsync());

        await ShouldComeBackAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_letter_that_was_replayed_before_comes_back_to_the_field(string kind)
    {
        await BuryAsync(DeadMail.Of(kind));
        await BuryAsync(await ReplayOneAsync(new ReplayChanges { Run = "run_1", Deadline = Now.AddDays(1), To = new Elsewhere("https://other.example/in", "seal") }));

        await ShouldComeBackAsync();

        (await DeadLetters.FollowAsync("run_1", default)).ShouldBe(new RunRemains(0, 0, 1));
    }

    [Fact]
    public async Task A_letter_without_any_attempt_comes_back_to_the_field()
    {
        await EnqueueAsync("a");
        await (await LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.MalformedEnvelope, "", null, default);

        await ShouldComeBackAsync();
    }

    [Fact]
    public async Task An_import_run_twice_adds_nothing_more()
    {
        var letters = await TakenAwayAsync("a", "b", "c");

        (await DeadLetters.ImportAsync([letters[0], letters[1]], default)).ShouldBe([true, true]);
        (await DeadLetters.ImportAsync(letters, default)).ShouldBe([false, false, true]);
        (await DeadLetters.ImportAsync([.. letters, .. letters], default)).ShouldAllBe(added => !added);

        (await DeadLetters.CountAsync(default)).ShouldBe(3);
    }

    [Fact]
    public async Task A_letter_that_is_twice_in_one_import_is_added_once()
    {
        var letter = (await TakenAwayAsync("a"))[0];

        (await DeadLetters.ImportAsync([letter, letter], default)).ShouldBe([true, false]);
    }

    [Fact]
    public async Task A_letter_whose_message_is_on_the_queue_is_not_added()
    {
        await BuryAsync("waiting", "leased", "retried");
        var letters = await DeadLetters.BrowseAsync(0, 10, default);
        await ReplayAllAsync(ReplayChanges.None);
        var leases = (await LeaseAsync(3)).ToDictionary(lease => lease.Message.MessageId);
        await leases["waiting"].AbandonAsync(default);
        await leases["retried"].RetryAsync(Now.AddHours(1), Attempt(1), default);

        (await DeadLetters.ImportAsync(letters, default)).ShouldBe([false, false, false]);

        (await DeadLetters.CountAsync(default)).ShouldBe(0);
    }

    [Theory]
    [InlineData("\"it's \\ [1]\"")]
    [InlineData("é漢😀\u2028")]
    [InlineData("a\0b")]
    public async Task An_id_of_any_characters_is_found_on_the_queue_and_among_the_dead(string id)
    {
        await BuryAsync(id);
        var letter = await TheDeadLetterAsync();
        (await DeadLetters.ImportAsync([letter], default)).ShouldBe([false]);
        await ReplayAllAsync(ReplayChanges.None);

        (await DeadLetters.ImportAsync([letter], default)).ShouldBe([false]);
    }

    [Fact]
    public async Task A_letter_whose_message_was_delivered_since_is_added()
    {
        await BuryAsync("a");
        var letter = await TheDeadLetterAsync();
        await (await ReplayOneAsync(ReplayChanges.None)).CompleteAsync(default);

        (await DeadLetters.ImportAsync([letter], default)).ShouldBe([true]);
    }

    [Fact]
    public async Task The_same_id_enqueued_at_another_time_is_another_message()
    {
        var first = (await TakenAwayAsync("a"))[0];
        await AdvanceAsync(Settings.DuplicateWindow + TimeSpan.FromSeconds(1));
        await EnqueueAsync("a");

        (await DeadLetters.ImportAsync([first], default)).ShouldBe([true]);
        await BuryAsync(await LeaseOneAsync());
        var second = (await DeadLetters.BrowseAsync(0, 10, default))[^1];
        await DeadLetters.PurgeAsync([second.Sequence], default);

        (await DeadLetters.ImportAsync([first, second], default)).ShouldBe([false, true]);
        (await DeadLetters.BrowseAsync(0, 10, default)).Select(letter => letter.EnqueuedAt).ShouldBe([first.EnqueuedAt, second.EnqueuedAt]);
    }

    [Fact]
    public async Task Sequence_numbers_of_imported_letters_grow_in_their_order_and_are_not_the_old_ones()
    {
        Assert.SkipUnless(Harness.BuriesInOrder, "What is imported through sessions is buried as these come, and numbered so.");
        var letters = await TakenAwayAsync("a", "b", "c");
        await BuryAsync("d");
        var newest = (await TheDeadLetterAsync()).Sequence;

        await DeadLetters.ImportAsync([letters[2], letters[0], letters[1]], default);
        await BuryAsync("e");

        var there = await DeadLetters.BrowseAsync(newest, 10, default);
        there.Select(letter => letter.Message.MessageId).ShouldBe(["d", "c", "a", "b", "e"]);
        there.Select(letter => letter.Sequence).ShouldBeInOrder(SortDirection.Ascending);
        there.DistinctBy(letter => letter.Sequence).Count().ShouldBe(5);
    }

    [Fact]
    public async Task An_imported_letter_is_replayed_as_any_other()
    {
        var letter = (await TakenAwayAsync(DeadMail.Envelope("a")))[0];
        await DeadLetters.ImportAsync([letter], default);

        var lease = await ReplayOneAsync(new ReplayChanges { Run = "run_1", Deadline = Now.AddDays(5) });

        (lease.Message.MessageId, lease.EnqueuedAt, lease.DeliveryCount).ShouldBe(("a", letter.EnqueuedAt, 1));
        (lease.Progress.Replays, lease.Progress.AttemptsMade, lease.Progress.Postponements).ShouldBe((1, 0, 0));
        lease.Progress.Attempts.ShouldBe(letter.Progress.Attempts);
        lease.Message.Body.ToArray().ShouldBe(letter.Message.Body.ToArray());
        var (run, deadline) = (lease.Message.Properties[EnvelopeProperties.ReplayRun], lease.Message.Properties[EnvelopeProperties.ExpiresAt]);
        (run, deadline).ShouldBe(("run_1", Rfc3339.Format(Now.AddDays(5))));
    }

    [Fact]
    public async Task An_imported_letter_that_had_gone_elsewhere_is_replayed_to_its_own_destination()
    {
        await BuryAsync(DeadMail.Envelope("a"));
        await BuryAsync(await ReplayOneAsync(new ReplayChanges { Run = "run_1", To = new Elsewhere("https://other.example/in", "seal") }));
        await ShouldComeBackAsync();

        var lease = await ReplayOneAsync(ReplayChanges.None);

        lease.Message.Properties.ShouldBe(DeadMail.Envelope("a").Properties, ignoreOrder: true);
        lease.Progress.Replays.ShouldBe(2);
    }

    [Fact]
    public async Task An_import_does_not_keep_its_producer_from_sending_again()
    {
        var letter = (await TakenAwayAsync("a"))[0];
        await AdvanceAsync(Settings.DuplicateWindow + TimeSpan.FromSeconds(1));
        await DeadLetters.ImportAsync([letter], default);

        await EnqueueAsync("a");

        (await LeaseOneAsync()).Message.MessageId.ShouldBe("a");
        (await DeadLetters.CountAsync(default)).ShouldBe(1);
    }

    [Fact]
    public async Task An_import_of_nothing_adds_nothing() => (await DeadLetters.ImportAsync([], default)).ShouldBeEmpty();

    [Fact]
    public async Task Imports_at_the_same_time_add_each_letter_once()
    {
        var letters = await TakenAwayAsync([.. Enumerable.Range(0, 10).Select(i => $"m{i}")]);

        var imports = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => DeadLetters.ImportAsync(letters, default)))).WaitAsync(Patience);

        imports.SelectMany(added => added).Count(added => added).ShouldBe(10);
        (await DeadLetters.CountAsync(default)).ShouldBe(10);
    }

    /// <summary>Takes the one dead letter away, brings it back, and holds it against what it was.</summary>
    private async Task ShouldComeBackAsync()
    {
        var before = await TheDeadLetterAsync();
        var summary = (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default)).ShouldHaveSingleItem();
        await DeadLetters.PurgeAsync([before.Sequence], default);
        await AdvanceAsync(TimeSpan.FromHours(1));

        (await DeadLetters.ImportAsync([before], default)).ShouldBe([true]);

        var after = await TheDeadLetterAsync();
        after.Sequence.ShouldBeGreaterThan(before.Sequence);
        (after with { Sequence = before.Sequence, Message = before.Message, Progress = before.Progress }).ShouldBe(before);
        (after.Message with { Body = before.Message.Body, Properties = before.Message.Properties }).ShouldBe(before.Message);
        after.Message.Body.ToArray().ShouldBe(before.Message.Body.ToArray());
        after.Message.Properties.ShouldBe(before.Message.Properties, ignoreOrder: true);
        (after.Progress with { Attempts = before.Progress.Attempts }).ShouldBe(before.Progress);
        after.Progress.Attempts.ShouldBe(before.Progress.Attempts);
        (await DeadLetters.SummariesAsync(0, 10, BrowseOrder.Ascending, default)).ShouldHaveSingleItem().ShouldBe(summary with { Sequence = after.Sequence });
    }

    private Task<IReadOnlyList<DeadLetter>> TakenAwayAsync(params string[] ids) => TakenAwayAsync([.. ids.Select(id => Message(id))]);

    /// <summary>Dead letters as they were browsed, which are not there any more.</summary>
    private async Task<IReadOnlyList<DeadLetter>> TakenAwayAsync(params QueueMessage[] messages)
    {
        await BuryAsync(messages);
        var letters = await DeadLetters.BrowseAsync(0, 100, default);
        (await DeadLetters.PurgeAsync([.. letters.Select(letter => letter.Sequence)], default)).ShouldBe(messages.Length);
        return letters;
    }
}
