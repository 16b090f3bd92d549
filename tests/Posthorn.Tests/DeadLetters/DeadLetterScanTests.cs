using System.Text;
using Posthorn.DeadLetters;
using Posthorn.Queues;
using Posthorn.Tests.DeadLetters.Filtering;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters;

public class DeadLetterScanTests
{
    private readonly MemoryDeadLetters _letters = new();
    private readonly CallWatch _watch = new();
    private readonly List<CallWatch.Call> _calls = [];

    public DeadLetterScanTests() => _watch.Before = _calls.Add;

    [Fact]
    public async Task Pages_go_through_all_in_order()
    {
        _letters.Bury(1203);

        var pages = await PagesAsync(DeadLetterFilter.Everything, 0, long.MaxValue);

        pages.Select(page => (page.Matches.Count, page.LastSequence)).ShouldBe([(500, 500), (500, 1000), (203, 1203)]);
        pages.SelectMany(page => page.Matches).Select(letter => letter.Sequence).ShouldBe(Enumerable.Range(1, 1203).Select(i => (long)i));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 1, 1)]
    [InlineData(5, 4, 0)]
    [InlineData(5, 5, 1)]
    [InlineData(400, 900, 501)]
    [InlineData(400, 899, 500)]
    [InlineData(1000, long.MaxValue, 204)]
    [InlineData(5000, long.MaxValue, 0)]
    public async Task Pages_keep_to_their_bounds(long from, long last, int count)
    {
        _letters.Bury(1203);

        var pages = await PagesAsync(DeadLetterFilter.Everything, from, last);

        var found = pages.SelectMany(page => page.Matches).Select(letter => letter.Sequence).ToList();
        found.ShouldBe(Enumerable.Range(Math.Max(1, (int)from), count).Select(i => (long)i));
        pages.ShouldAllBe(page => page.LastSequence <= last && page.Matches.All(letter => letter.Sequence <= page.LastSequence));
        if (pages.Count > 0) pages[^1].LastSequence.ShouldBe(Math.Min(last, 1203));
    }

    [Fact]
    public async Task Gaps_and_short_pages_end_nothing_early()
    {
        _letters.Bury(1203);
        await _letters.PurgeAsync([.. Enumerable.Range(3, 900).Select(i => (long)i)], default);

        var scan = new DeadLetterScan(new ShortPages(_letters), DeadLetterFilter.Everything);
        var found = new List<long>();
        await foreach (var page in scan.AscendAsync(0, 1203, default)) found.AddRange(page.Matches.Select(letter => letter.Sequence));

        found.ShouldBe([1, 2, .. Enumerable.Range(903, 301)]);
        (await scan.NewestAsync(302, default)).Select(letter => letter.Sequence).ShouldBe([.. Enumerable.Range(903, 301).Reverse().Select(i => (long)i), 2]);
    }

    [Fact]
    public async Task A_page_without_a_match_is_told_with_how_far_it_went()
    {
        _letters.Bury(600);

        var pages = await PagesAsync(Filters.Of("sequence", "510..520"), 0, 600);

        pages.Select(page => (page.Matches.Count, page.LastSequence)).ShouldBe([(0, 500), (11, 600)]);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(700, 600)]
    public async Task The_newest_come_first_and_no_more_than_asked_for(int max, int count)
    {
        _letters.Bury(1200);

        var newest = await Scan(Filters.Of("sequence", "..600")).NewestAsync(max, default);

        newest.Select(letter => letter.Sequence).ShouldBe(Enumerable.Range(0, count).Select(i => 600L - i));
    }

    [Fact]
    public async Task The_newest_that_may_be_seen_are_filled_up_from_further_back()
    {
        _letters.Bury(1200);

        var newest = await Scan(DeadLetterFilter.Everything).NewestAsync(5, letter => letter.Sequence % 300 == 0, default);

        newest.Select(letter => letter.Sequence).ShouldBe([1200, 900, 600, 300]);
    }

    [Fact]
    public async Task A_list_of_a_few_reads_a_page_of_a_few()
    {
        _letters.Bury(1200);

        await Scan(DeadLetterFilter.Everything).NewestAsync(20, default);

        _calls.Count.ShouldBe(1);
    }

    [Fact]
    public async Task The_last_sequence_number_is_the_newest_one_s()
    {
        (await Scan(DeadLetterFilter.Everything).LastSequenceAsync(default)).ShouldBe(0);
        _letters.Bury(3);
        (await Scan(DeadLetterFilter.Everything).LastSequenceAsync(default)).ShouldBe(3);
    }

    [Fact]
    public async Task No_payload_is_read_unless_the_filter_asks_about_it()
    {
        _letters.Bury(600);

        await PagesAsync(Filters.Of("type", "thing.*"), 0, 600);
        await Scan(Filters.Of("type", "thing.*")).NewestAsync(10, default);

        _calls.ShouldNotContain(call => call.Name == nameof(IDeadLetterQueue.BrowseAsync));
    }

    [Fact]
    public async Task Only_the_payloads_of_what_matches_otherwise_are_read()
    {
        for (var i = 0; i < 600; i++) _letters.Bury(Letters.Message(data: """{"n":1}""", tenant: i % 200 == 0 ? "a" : "b"));

        var pages = await PagesAsync(Filters.Of("tenant", "a", "where", "n == 1"), 0, 600);

        pages.SelectMany(page => page.Matches).Select(letter => letter.Sequence).ShouldBe([1, 201, 401]);
        _calls.Where(call => call.Name == nameof(IDeadLetterQueue.BrowseAsync)).Select(call => call.Sequences[0]).ShouldBe([1, 201, 401]);
        await PagesAsync(Filters.Of("tenant", "nobody", "where", "n == 1"), 0, 600);
        _calls.Count(call => call.Name == nameof(IDeadLetterQueue.BrowseAsync)).ShouldBe(3);
    }

    [Fact]
    public async Task Payloads_that_lie_together_are_read_in_one_go_in_both_orders()
    {
        for (var i = 0; i < 600; i++) _letters.Bury(Letters.Message(data: $$"""{"n":{{i % 2}}}"""));
        var odd = Filters.Of("where", "n == 1");

        (await PagesAsync(odd, 0, 600)).SelectMany(page => page.Matches).Select(letter => letter.Sequence).ShouldBe(Enumerable.Range(1, 300).Select(i => 2L * i));
        _calls.Count(call => call.Name == nameof(IDeadLetterQueue.BrowseAsync)).ShouldBe(2);

        (await Scan(odd).NewestAsync(5, default)).Select(letter => letter.Sequence).ShouldBe([600, 598, 596, 594, 592]);
    }

    [Fact]
    public async Task Where_asks_about_what_a_receiver_would_get()
    {
        _letters.Bury(Letters.Plain("""{"type":"t","data":{"n":1},"destination":{"url":"https://example.com/","secret":"n"}}"""));
        _letters.Bury(Letters.Message(data: """{"n":1}"""));
        _letters.Bury(Letters.Event() with { Body = """{"n":1}"""u8.ToArray() });
        _letters.Bury(Letters.Accepted("morag-task", """{"n":1}""", "s"));
        _letters.Bury(Letters.Plain("""{"n":1}"""));
        _letters.Bury(Letters.Plain("no envelope"));

        (await PagesAsync(Filters.Of("where", "n == 1"), 0, 99)).SelectMany(page => page.Matches).Select(letter => letter.Sequence).ShouldBe([1, 2, 3]);
        (await PagesAsync(Filters.Of("where", "data.n == 1"), 0, 99)).SelectMany(page => page.Matches).Select(letter => letter.Sequence).ShouldBe([1, 2, 3, 4]);
        (await PagesAsync(Filters.Of("where", "destination.secret == \"n\""), 0, 99)).SelectMany(page => page.Matches).ShouldBeEmpty();
    }

    [Fact]
    public void The_payload_of_a_plain_envelope_is_its_data_and_never_its_destination()
    {
        Text(Letters.Plain("""{"type":"t","data": {"n": 1},"destination":{"url":"https://example.com/","secret":"x"}}""")).ShouldBe("""{"n": 1}""");
        Text(Letters.Plain("""{"type":"t","destination":{"secret":"x"}}""")).ShouldBe("");
        Text(Letters.Plain("""{"type":"t","type":"t","secret":"x"}""")).ShouldBe("");
        Text(Letters.Plain("")).ShouldBe("");
        Text(Letters.Message(data: "not JSON")).ShouldBe("not JSON");
        Text(Letters.Event()).ShouldBe("""{"a":1}""");
    }

    [Fact]
    public async Task A_letter_is_found_by_each_of_its_names_the_newest_first()
    {
        _letters.Bury(600);
        _letters.Bury(Letters.Message("evt_1"));
        _letters.Bury(Letters.ToEndpoint("wh_5") with { MessageId = "other" });
        _letters.Bury(Letters.Message("77"));

        foreach (var (which, sequence) in new (string, long?)[] { ("evt_1.wh_5", 602), ("evt_2", 2), ("other", 602), ("evt_1", 602), ("77", 77), ("603", 603), ("00602", 602), ("-1", null), ("nobody", null), ("99999999999999999999", null) })
            (await DeadLetterFinder.FindAsync(_letters, which, default))?.Sequence.ShouldBe(sequence ?? -1, which);
        (await DeadLetterFinder.FindAsync(_letters, "nobody", default)).ShouldBeNull();
        await _letters.PurgeAsync([77], default);
        (await DeadLetterFinder.FindAsync(_letters, "77", default)).ShouldNotBeNull().Sequence.ShouldBe(603);
    }

    private static string Text(QueueMessage message) => Encoding.UTF8.GetString(DeadLetterScan.PayloadOf(message).Span);

    private DeadLetterScan Scan(DeadLetterFilter filter) => new(_watch.Over(_letters), filter);

    private async Task<List<ScanPage>> PagesAsync(DeadLetterFilter filter, long from, long last)
    {
        var pages = new List<ScanPage>();
        await foreach (var page in Scan(filter).AscendAsync(from, last, default)) pages.Add(page);
        return pages;
    }

    /// <summary>A broker gives fewer than it is asked for.</summary>
    private sealed class ShortPages(IDeadLetterQueue letters) : IDeadLetterQueue
    {
        private const int Most = 7;

        public Task<IReadOnlyList<DeadLetter>> BrowseAsync(long fromSequence, int max, CancellationToken cancellationToken) => letters.BrowseAsync(fromSequence, Math.Min(max, Most), cancellationToken);

        public Task<IReadOnlyList<DeadLetterSummary>> SummariesAsync(long fromSequence, int max, BrowseOrder order, CancellationToken cancellationToken) =>
            letters.SummariesAsync(fromSequence, Math.Min(max, Most), order, cancellationToken);

        public Task<long> CountAsync(CancellationToken cancellationToken) => letters.CountAsync(cancellationToken);

        public Task<IReadOnlyList<long>> ReplayAsync(IReadOnlyList<long> sequences, ReplayChanges changes, CancellationToken cancellationToken) => letters.ReplayAsync(sequences, changes, cancellationToken);

        public Task<RunRemains> FollowAsync(string run, CancellationToken cancellationToken) => letters.FollowAsync(run, cancellationToken);

        public Task<IReadOnlyList<bool>> ImportAsync(IReadOnlyList<DeadLetter> letters1, CancellationToken cancellationToken) => letters.ImportAsync(letters1, cancellationToken);

        public Task<int> PurgeAsync(IReadOnlyList<long> sequences, CancellationToken cancellationToken) => letters.PurgeAsync(sequences, cancellationToken);
    }
}
