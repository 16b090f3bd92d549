using Posthorn.Recovery;

namespace Posthorn.ContractTests.Stores;

/// <summary>Recoveries: one process works on a run at once, and another goes on when it is gone.</summary>
public abstract class RecoveryStoreContract : StoreFacts
{
    private IRecoveryStore Recoveries => Stores.Recoveries;

    [Fact]
    public async Task A_run_comes_back_as_it_was()
    {
        var full = ARun("rec_1") with { State = RecoveryState.Failed, Detail = "gone", DeadLetterCursor = 7, EventCursor = 8, Examined = 9, Replayed = 10, Sent = 11, UpdatedAt = Now.AddSeconds(1) };
        await Recoveries.AddAsync(full, default);
        await Recoveries.AddAsync(ARun("rec_2"), default);

        (await Recoveries.FindAsync("rec_1", default)).ShouldBe(full);
        (await Recoveries.FindAsync("rec_2", default)).ShouldBe(ARun("rec_2"));
        (await Recoveries.FindAsync("rec_3", default)).ShouldBeNull();
    }

    [Fact]
    public async Task An_endpoint_s_runs_are_listed_newest_first()
    {
        for (var i = 0; i < 4; i++) await Recoveries.AddAsync(ARun($"rec_{i}") with { CreatedAt = Now.AddSeconds(i), EndpointId = i == 2 ? "wh_2" : "wh_1" }, default);

        (await Recoveries.ListAsync("wh_1", 2, default)).Select(run => run.Id).ShouldBe(["rec_3", "rec_1"]);
    }

    [Fact]
    public async Task The_oldest_running_one_that_nobody_else_holds_is_claimed()
    {
        await Recoveries.AddAsync(ARun("rec_done") with { State = RecoveryState.Completed, CreatedAt = Now.AddDays(-1) }, default);
        await Recoveries.AddAsync(ARun("rec_new") with { CreatedAt = Now.AddSeconds(1) }, default);
        await Recoveries.AddAsync(ARun("rec_old"), default);

        (await ClaimAsync("a", at: 0)).ShouldBe("rec_old");
        (await ClaimAsync("b", at: 1)).ShouldBe("rec_new");
        (await ClaimAsync("c", at: 2)).ShouldBeNull();
        (await ClaimAsync("b", at: 3)).ShouldBe("rec_new");
    }

    [Fact]
    public async Task A_run_whose_owner_is_silent_goes_to_the_next_who_asks()
    {
        await Recoveries.AddAsync(ARun("rec_1"), default);
        await ClaimAsync("a", at: 0);

        (await ClaimAsync("b", at: 29)).ShouldBeNull();
        (await ClaimAsync("b", at: 30)).ShouldBe("rec_1");

        (await Recoveries.SaveAsync(ARun("rec_1") with { Sent = 5 }, "a", Now.AddMinutes(9), default)).ShouldBeFalse();
        (await Recoveries.SaveAsync(ARun("rec_1") with { Sent = 6 }, "b", Now.AddMinutes(9), default)).ShouldBeTrue();
        (await Recoveries.FindAsync("rec_1", default)).ShouldNotBeNull().Sent.ShouldBe(6);
        (await ClaimAsync("a", at: 60)).ShouldBeNull();
    }

    [Fact]
    public async Task What_is_saved_as_done_is_not_claimed_again()
    {
        await Recoveries.AddAsync(ARun("rec_1"), default);
        await ClaimAsync("a", at: 0);
        var done = ARun("rec_1") with { State = RecoveryState.Completed, DeadLetterCursor = null, EventCursor = 99, Examined = 3, Replayed = 1, Sent = 2, UpdatedAt = Now.AddSeconds(5) };

        (await Recoveries.SaveAsync(done, "a", Now, default)).ShouldBeTrue();

        (await ClaimAsync("a", at: 90)).ShouldBeNull();
        (await Recoveries.FindAsync("rec_1", default)).ShouldBe(done);
    }

    [Fact]
    public async Task A_run_that_is_not_there_is_not_saved()
    {
        (await Recoveries.SaveAsync(ARun("rec_none"), "a", Now, default)).ShouldBeFalse();
    }

    [Fact]
    public async Task Of_many_who_claim_at_once_each_gets_another_run()
    {
        var other = await OpenAsync();
        for (var i = 0; i < 6; i++) await Recoveries.AddAsync(ARun($"rec_{i}"), default);

        var claimed = await AtOnceAsync(8, i => (i % 2 == 0 ? Stores : other).Recoveries.ClaimAsync($"owner {i}", Now, Now.AddSeconds(30), default));

        claimed.OfType<RecoveryRun>().Select(run => run.Id).Order().ShouldBe(["rec_0", "rec_1", "rec_2", "rec_3", "rec_4", "rec_5"]);
    }

    private async Task<string?> ClaimAsync(string owner, int at) => (await Recoveries.ClaimAsync(owner, Now.AddSeconds(at), Now.AddSeconds(at + 30), default))?.Id;
}
