using Posthorn.Events;

namespace Posthorn.ContractTests.Stores;

/// <summary>Throttled streams: of each window the newest goes out, whoever asks, and from wherever.</summary>
public abstract class ThrottleStoreContract : StoreFacts
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private IThrottleStore Throttles => Stores.Throttles;

    [Fact]
    public async Task The_first_is_sent_and_the_next_waits_for_the_window_s_end()
    {
        (await AskAsync(1, at: 0)).ShouldBe(new ThrottleAnswer.Send());
        (await AskAsync(2, at: 1)).ShouldBe(new ThrottleAnswer.Hold(Now + Window));
        (await AskAsync(2, at: 10)).ShouldBe(new ThrottleAnswer.Send());
        (await AskAsync(3, at: 19)).ShouldBe(new ThrottleAnswer.Hold(Now.AddSeconds(20)));
        (await AskAsync(3, at: 20)).ShouldBe(new ThrottleAnswer.Send());
    }

    [Fact]
    public async Task An_older_one_is_superseded_whether_the_window_is_open_or_over()
    {
        await AskAsync(5, at: 0);

        (await AskAsync(4, at: 1)).ShouldBe(new ThrottleAnswer.Superseded());
        (await AskAsync(4, at: 60)).ShouldBe(new ThrottleAnswer.Superseded());
    }

    [Fact]
    public async Task What_waits_is_superseded_by_a_newer_one()
    {
        await AskAsync(1, at: 0);
        await AskAsync(2, at: 1);
        await AskAsync(3, at: 2);

        (await AskAsync(2, at: 10)).ShouldBe(new ThrottleAnswer.Superseded());
        (await AskAsync(3, at: 10)).ShouldBe(new ThrottleAnswer.Send());
    }

    [Fact]
    public async Task Of_two_of_one_time_the_later_accepted_is_the_newer()
    {
        await Throttles.AdmitAsync("s", Rank(1, sequence: 7), Window, Now, default);

        (await Throttles.AdmitAsync("s", Rank(1, sequence: 6), Window, Now, default)).ShouldBe(new ThrottleAnswer.Superseded());
        (await Throttles.AdmitAsync("s", Rank(1, sequence: 8), Window, Now, default)).ShouldBe(new ThrottleAnswer.Hold(Now + Window));
    }

    [Fact]
    public async Task A_time_is_newer_by_less_than_a_millisecond()
    {
        var early = new EventRank(Now.AddTicks(1), 9);
        var late = new EventRank(Now.AddTicks(2), 1);
        await Throttles.AdmitAsync("s", late, Window, Now, default);

        (await Throttles.AdmitAsync("s", early, Window, Now, default)).ShouldBe(new ThrottleAnswer.Superseded());
    }

    [Fact]
    public async Task What_asks_again_after_a_crash_is_never_lost()
    {
        (await AskAsync(1, at: 0)).ShouldBe(new ThrottleAnswer.Send());

        (await AskAsync(1, at: 3)).ShouldBe(new ThrottleAnswer.Hold(Now + Window));
        (await AskAsync(1, at: 3)).ShouldBe(new ThrottleAnswer.Hold(Now + Window));
        (await AskAsync(1, at: 10)).ShouldBe(new ThrottleAnswer.Send());
    }

    [Fact]
    public async Task Streams_do_not_know_of_each_other()
    {
        await Throttles.AdmitAsync("a%", Rank(5), Window, Now, default);

        (await Throttles.AdmitAsync("ab", Rank(1), Window, Now, default)).ShouldBe(new ThrottleAnswer.Send());
        (await Throttles.AdmitAsync("A%", Rank(1), Window, Now, default)).ShouldBe(new ThrottleAnswer.Send());
        (await Throttles.AdmitAsync(new string('é', 500), Rank(1), Window, Now, default)).ShouldBe(new ThrottleAnswer.Send());
    }

    [Fact]
    public async Task Of_many_who_ask_at_once_exactly_one_is_sent()
    {
        var other = await OpenAsync();
        for (var round = 0; round < 5; round++)
        {
            var stream = $"stream {round}";
            var answers = await AtOnceAsync(16, i => (i % 2 == 0 ? Stores : other).Throttles.AdmitAsync(stream, Rank(i), Window, Now, default));

            answers.OfType<ThrottleAnswer.Send>().ShouldHaveSingleItem();
            (await Throttles.AdmitAsync(stream, Rank(15), Window, Now + Window, default)).ShouldBe(new ThrottleAnswer.Send());
        }
    }

    [Fact]
    public async Task A_milestone_is_its_first_event_s()
    {
        (await ClaimAsync("evt_1", 25, 50)).ShouldBeTrue();
        (await ClaimAsync("evt_2", 25, 50)).ShouldBeFalse();
        (await ClaimAsync("evt_2", 25, 50, 75.5)).ShouldBeTrue();
        (await ClaimAsync("evt_3", 75.5)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_claim_s_answer_is_the_same_after_a_crash()
    {
        await ClaimAsync("evt_1", 25);
        await ClaimAsync("evt_2", 25, 50);

        (await ClaimAsync("evt_1", 25)).ShouldBeTrue();
        (await ClaimAsync("evt_2", 50, 25, 50)).ShouldBeTrue();
    }

    [Fact]
    public async Task Nothing_passed_is_nothing_held()
    {
        (await ClaimAsync("evt_1")).ShouldBeFalse();
        (await ClaimAsync("evt_1", double.NaN)).ShouldBeFalse();
    }

    [Fact]
    public async Task Of_many_who_claim_at_once_each_milestone_has_one_holder()
    {
        var other = await OpenAsync();

        var held = await AtOnceAsync(16, i => (i % 2 == 0 ? Stores : other).Throttles.ClaimMilestonesAsync("s", i % 3 == 0 ? [75, 50, 25] : [25, 50, 75], $"evt_{i}", Now, default));

        held.Count(holds => holds).ShouldBe(1);
    }

    [Fact]
    public async Task What_is_over_is_forgotten_some_at_a_time()
    {
        for (var i = 0; i < 5; i++) await Throttles.AdmitAsync($"s{i}", Rank(1), Window, Now.AddSeconds(i), default);
        await Throttles.ClaimMilestonesAsync("m", [25, 50], "evt_1", Now.AddSeconds(5), default);
        var before = Now.AddSeconds(13);

        (await Throttles.PruneAsync(before, 2, default)).ShouldBe(2);
        (await Throttles.PruneAsync(before, 2, default)).ShouldBe(2);
        (await Throttles.PruneAsync(before, 2, default)).ShouldBe(1);

        (await Throttles.AdmitAsync("s0", Rank(0), Window, Now.AddSeconds(13), default)).ShouldBe(new ThrottleAnswer.Send());
        (await Throttles.AdmitAsync("s4", Rank(0), Window, Now.AddSeconds(13), default)).ShouldBe(new ThrottleAnswer.Superseded());
        (await ClaimAsync("evt_2", 25)).ShouldBeTrue();
    }

    private Task<ThrottleAnswer> AskAsync(int rank, int at) => Throttles.AdmitAsync("stream", Rank(rank), Window, Now.AddSeconds(at), default);

    private Task<bool> ClaimAsync(string eventId, params double[] passed) => Throttles.ClaimMilestonesAsync("m", passed, eventId, Now.AddDays(1), default);
}
