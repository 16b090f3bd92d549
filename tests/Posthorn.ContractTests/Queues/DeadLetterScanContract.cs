using Posthorn.DeadLetters;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>Looking through many dead letters: pages in both orders, of summaries that say what the letters themselves say.</summary>
public abstract class DeadLetterScanContract : QueueFacts
{
    public static TheoryData<string> Kinds => [.. DeadMail.Kinds];

    [Theory]
    [InlineData(BrowseOrder.Ascending)]
    [InlineData(BrowseOrder.Descending)]
    public async Task Pages_of_summaries_miss_nothing(BrowseOrder order)
    {
        var step = order == BrowseOrder.Ascending ? 1 : -1;
        string[] ids = [.. Enumerable.Range(0, 25).Select(i => $"m{i:00}")];
        await BuryAsync(ids);

        var seen = new List<DeadLetterSummary>();
        for (var from = step > 0 ? 0L : long.MaxValue; await DeadLetters.SummariesAsync(from, 7, order, default) is { Count: > 0 } page; from = page[^1].Sequence + step)
        {
            page.Count.ShouldBeLessThanOrEqualTo(7);
            seen.AddRange(page);
        }

        seen.Select(letter => letter.MessageId).ShouldBe(step > 0 ? ids : ids.Reverse());
        seen.Select(letter => letter.Sequence).ShouldBeInOrder(step > 0 ? SortDirection.Ascending : SortDirection.Descending);
        seen.DistinctBy(letter => letter.Sequence).Count().ShouldBe(25);
    }

    [Theory]
    [InlineData(BrowseOrder.Ascending, "b")]
    [InlineData(BrowseOrder.Descending, "b")]
    public async Task A_page_begins_with_the_number_that_is_asked_for(BrowseOrder order, string first)
    {
        await BuryAsync("a", "b", "c");
        var number = (await DeadLetters.BrowseAsync(0, 10, default)).Single(letter => letter.Message.MessageId == first).Sequence;

        (await DeadLetters.SummariesAsync(number, 1, order, default)).ShouldHaveSingleItem().MessageId.ShouldBe(first);
    }

    [Fact]
    public async Task Where_a_number_is_missing_a_page_begins_with_the_next_one()
    {
        await BuryAsync("a", "b", "c");
        var gone = (await DeadLetters.BrowseAsync(0, 10, default))[1].Sequence;
        await DeadLetters.PurgeAsync([gone], default);

        (await DeadLetters.SummariesAsync(gone, 1, BrowseOrder.Ascending, default)).ShouldHaveSingleItem().MessageId.ShouldBe("c");
        (await DeadLetters.SummariesAsync(gone, 1, BrowseOrder.Descending, default)).ShouldHaveSingleItem().MessageId.ShouldBe("a");
    }

    [Fact]
    public async Task Past_the_last_one_there_is_nothing()
    {
        await BuryAsync("a", "b");
        var letters = await DeadLetters.BrowseAsync(0, 10, default);

        (await DeadLetters.SummariesAsync(letters[^1].Sequence + 1, 10, BrowseOrder.Ascending, default)).ShouldBeEmpty();
        (await DeadLetters.SummariesAsync(letters[0].Sequence - 1, 10, BrowseOrder.Descending, default)).ShouldBeEmpty();
        (await DeadLetters.SummariesAsync(long.MaxValue, 10, BrowseOrder.Ascending, default)).ShouldBeEmpty();
        (await DeadLetters.SummariesAsync(long.MinValue, 10, BrowseOrder.Descending, default)).ShouldBeEmpty();
        (await DeadLetters.SummariesAsync(long.MinValue, 10, BrowseOrder.Ascending, default)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_page_of_none_is_a_mistake(int max)
    {
        await BuryAsync("a");

        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => DeadLetters.SummariesAsync(0, max, BrowseOrder.Ascending, default));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => DeadLetters.BrowseAsync(0, max, default));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_summary_says_what_the_letter_says(string kind)
    {
        await EnqueueAsync(DeadMail.Of(kind));
        await (await LeaseOneAsync()).RetryAsync(Now, Attempt(1), default);
        await AdvanceAsync(TimeSpan.FromSeconds(7));
        await (await LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.RetriesExhausted, "503", Attempt(2) with { Status = null, Error = "Timeout" }, default);

        var summary = await TheSummaryAsync();

        (summary.MessageId, summary.Reason, summary.AttemptsMade, summary.Replays, summary.Run).ShouldBe((kind, DeadLetterReason.RetriesExhausted, 2, 0, null));
        summary.Last.ShouldBe(new LastAttempt(null, "Timeout"));
        summary.Facts.ShouldBe(DeadLetterFacts.Of(DeadMail.Of(kind)));
        (summary.DeadLetteredAt - summary.EnqueuedAt).ShouldBe(TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(1));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_summary_says_what_the_letter_says_also_after_a_replay(string kind)
    {
        await BuryAsync(DeadMail.Of(kind));
        await BuryAsync(await ReplayOneAsync(new ReplayChanges { Run = "run_1", Deadline = Now.AddHours(1), To = new Elsewhere("https://elsewhere.example/x", "seal") }));

        var summary = await TheSummaryAsync();
        (summary.Run, summary.Replays, summary.AttemptsMade, summary.Last).ShouldBe(("run_1", 1, 1, new LastAttempt(503, null)));

        await BuryAsync(await ReplayOneAsync(ReplayChanges.None));

        summary = await TheSummaryAsync();
        (summary.Run, summary.Replays).ShouldBe((null, 2));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_summary_says_what_the_letter_says_also_when_the_queue_itself_gave_it_up(string kind)
    {
        await EnqueueAsync(DeadMail.Of(kind) with { ExpiresAt = Now.AddMinutes(1) });
        await AdvanceAsync(TimeSpan.FromMinutes(2));
        await NothingIsDueAsync();
        (await TheSummaryAsync()).Reason.ShouldBe(DeadLetterReason.TtlExpired);

        await ReplayAllAsync(new ReplayChanges { Run = "run_1", To = new Elsewhere("https://elsewhere.example/x", null) });
        for (var i = 0; i < Settings.MaxDeliveryCount; i++) await (await LeaseOneAsync()).AbandonAsync(default);
        await NothingIsDueAsync();

        var summary = await TheSummaryAsync();
        (summary.Reason, summary.Run, summary.Last).ShouldBe((DeadLetterReason.MaxDeliveryCountExceeded, "run_1", default(LastAttempt)));
    }

    [Fact]
    public async Task Of_thousands_of_different_letters_none_is_taken_for_another()
    {
        await BuryAsync([.. DeadMail.Kinds.Select(DeadMail.Of)]);
        var pattern = (await DeadLetters.BrowseAsync(0, 1, default))[0];
        await DeadLetters.ImportAsync([.. Enumerable.Range(1000, 2000).Select(i => pattern with { Message = Different(i) })], default);

        var letters = new List<DeadLetter>();
        while (await DeadLetters.BrowseAsync(letters.Count == 0 ? 0 : letters[^1].Sequence + 1, 250, default) is { Count: > 0 } page) letters.AddRange(page);

        letters.Count.ShouldBe(DeadMail.Kinds.Count + 2000);
        foreach (var page in letters.Chunk(250)) (await DeadLetters.SummariesAsync(page[0].Sequence, 250, BrowseOrder.Ascending, default)).ShouldBe(page.Select(SummaryOf));

        static QueueMessage Different(int i) => DeadMail.Envelope($"m{i}") with
        {
            Properties = new Dictionary<string, string>
            {
                [EnvelopeProperties.Id] = $"evt{i}",
                [EnvelopeProperties.Type] = $"type{i}",
                [EnvelopeProperties.Tenant] = new string('t', i % 300),
                [EnvelopeProperties.Subject] = i % 2 == 0 ? "even" : "odd",
                [EnvelopeProperties.Url] = $"https://host{i % 7}.example/",
            },
        };
    }

    [Fact]
    public async Task The_last_attempt_is_one_since_the_replay()
    {
        await BuryAsync("a");
        (await TheSummaryAsync()).Last.ShouldBe(new LastAttempt(503, null));

        var lease = await ReplayOneAsync(ReplayChanges.None);
        await lease.DeadLetterAsync(DeadLetterReason.Expired, "too late", null, default);

        var summary = await TheSummaryAsync();
        (summary.Last, summary.AttemptsMade).ShouldBe((default, 0));
        (await TheDeadLetterAsync()).Progress.Attempts.ShouldHaveSingleItem();
    }

    /// <summary>The one summary there is, after it was held against its letter.</summary>
    private async Task<DeadLetterSummary> TheSummaryAsync()
    {
        var summary = (await DeadLetters.SummariesAsync(long.MaxValue, 10, BrowseOrder.Descending, default)).ShouldHaveSingleItem();
        summary.ShouldBe(SummaryOf(await TheDeadLetterAsync()));
        return summary;
    }

    private static DeadLetterSummary SummaryOf(DeadLetter letter) => new()
    {
        Sequence = letter.Sequence,
        MessageId = letter.Message.MessageId,
        Facts = DeadLetterFacts.Of(letter.Message),
        Reason = letter.Reason,
        Last = LastAttempt.Of(letter.Progress),
        AttemptsMade = letter.Progress.AttemptsMade,
        Replays = letter.Progress.Replays,
        Run = letter.Message.Properties.GetValueOrDefault(EnvelopeProperties.ReplayRun),
        EnqueuedAt = letter.EnqueuedAt,
        DeadLetteredAt = letter.DeadLetteredAt,
    };
}
