using Posthorn.DeadLetters;

namespace Posthorn.ContractTests.Stores;

/// <summary>Runs over dead letters: only its owner saves a run, and of those who take it over one gets it.</summary>
public abstract class DeadLetterRunStoreContract : StoreFacts
{
    private IDeadLetterRunStore Runs => Stores.Runs;

    private static DeadLetterRun AFullRun => ADeadLetterRun("run_full") with
    {
        Kind = RunKind.Purge,
        State = RunState.Stopped,
        Detail = "« 9 of 10 » failed again 🦉",
        Operator = "anna",
        Filter = """{"destination":"https://a.example/*"}""",
        Options = """{"rate":50}""",
        Matched = 4,
        Done = 5,
        Skipped = 6,
        Failed = 7,
        LastSequence = 8,
        Cursor = 9,
        Intent = [3, 1, 2],
        UpdatedAt = Now.AddSeconds(1),
        Owner = "host/42",
    };

    [Fact]
    public async Task A_run_comes_back_as_it_was()
    {
        await Runs.AddAsync(AFullRun, default);
        await Runs.AddAsync(ADeadLetterRun("run_bare"), default);

        Same(await FoundAsync("run_full"), AFullRun);
        Same(await FoundAsync("run_bare"), ADeadLetterRun("run_bare"));
        (await Runs.FindAsync("run_none", default)).ShouldBeNull();
    }

    [Fact]
    public async Task A_run_comes_back_as_it_was_saved()
    {
        await Runs.AddAsync(ADeadLetterRun("run_full") with { Owner = AFullRun.Owner }, default);
        await Runs.AddAsync(ADeadLetterRun("run_other") with { Owner = AFullRun.Owner }, default);

        (await Runs.SaveAsync(AFullRun, default)).ShouldBeTrue();
        Same(await FoundAsync("run_full"), AFullRun);
        Same(await FoundAsync("run_other"), ADeadLetterRun("run_other") with { Owner = AFullRun.Owner });

        (await Runs.SaveAsync(ADeadLetterRun("run_full") with { Owner = AFullRun.Owner }, default)).ShouldBeTrue();
        Same(await FoundAsync("run_full"), ADeadLetterRun("run_full") with { Owner = AFullRun.Owner });
    }

    [Fact]
    public async Task Every_kind_and_state_comes_back()
    {
        foreach (var kind in Enum.GetValues<RunKind>())
            foreach (var state in Enum.GetValues<RunState>())
                await Runs.AddAsync(ADeadLetterRun($"{kind} {state}") with { Kind = kind, State = state }, default);

        var found = await Runs.NewestAsync(99, default);

        found.Count.ShouldBe(8);
        foreach (var run in found) $"{run.Kind} {run.State}".ShouldBe(run.Id);
    }

    [Theory]
    [MemberData(nameof(AwkwardTexts))]
    public async Task Awkward_texts_come_back(string text)
    {
        var run = ADeadLetterRun("run_1") with { Detail = text, Operator = text, Filter = text, Options = text, Owner = text };
        await Runs.AddAsync(run, default);

        Same(await FoundAsync("run_1"), run);
        (await Runs.SaveAsync(run with { Done = 1 }, default)).ShouldBeTrue();
        Same((await Runs.TakeOverAsync("run_1", text, "b" + text, default)).ShouldNotBeNull(), run with { Done = 1, Owner = "b" + text });
    }

    [Fact]
    public async Task A_text_that_no_database_takes_comes_back_cleaned()
    {
        await Runs.AddAsync(ADeadLetterRun("run_1") with { Detail = "a\0b\uD800", Owner = "a\0" }, default);

        var found = await FoundAsync("run_1");

        found.Detail.ShouldBe("a\uFFFDb\uFFFD");
        (await Runs.SaveAsync(found, default)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1000)]
    public async Task An_intent_comes_back_in_its_order(int count)
    {
        long[] intent = [.. Enumerable.Range(0, count).Select(i => long.MaxValue - i)];
        await Runs.AddAsync(ADeadLetterRun("run_1"), default);

        (await Runs.SaveAsync(ADeadLetterRun("run_1") with { Intent = intent }, default)).ShouldBeTrue();

        (await FoundAsync("run_1")).Intent.ShouldBe(intent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(int.MaxValue + 1L)]
    [InlineData(long.MaxValue)]
    public async Task Large_counts_come_back(long count)
    {
        var run = ADeadLetterRun("run_1") with { Matched = count, Done = count, Skipped = count, Failed = count, LastSequence = count, Cursor = count };

        await Runs.AddAsync(run, default);

        Same(await FoundAsync("run_1"), run);
    }

    [Fact]
    public async Task Times_come_back_to_the_millisecond()
    {
        var time = Now.AddTicks(9_999).ToOffset(TimeSpan.FromHours(2));
        await Runs.AddAsync(ADeadLetterRun("run_1") with { StartedAt = time, UpdatedAt = time }, default);

        var found = await FoundAsync("run_1");

        (found.StartedAt, found.UpdatedAt, found.StartedAt.Offset).ShouldBe((Now, Now, TimeSpan.Zero));
    }

    [Fact]
    public async Task Runs_are_listed_newest_first()
    {
        foreach (var (id, second) in new[] { ("run_d", 1), ("run_c", 3), ("run_B", 2), ("run_a", 2), ("run_e", 0) })
            await Runs.AddAsync(ADeadLetterRun(id) with { StartedAt = Now.AddSeconds(second), UpdatedAt = Now.AddSeconds(-second) }, default);

        (await NewestAsync(9)).ShouldBe(["run_c", "run_a", "run_B", "run_d", "run_e"]);
        (await NewestAsync(2)).ShouldBe(["run_c", "run_a"]);
        (await NewestAsync(0)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_another_than_the_owner_saves_changes_nothing()
    {
        await Runs.AddAsync(AFullRun, default);

        (await Runs.SaveAsync(ADeadLetterRun("run_full") with { Owner = "host/43" }, default)).ShouldBeFalse();
        (await Runs.SaveAsync(ADeadLetterRun("run_full") with { Owner = AFullRun.Owner.ToUpperInvariant() }, default)).ShouldBeFalse();

        Same(await FoundAsync("run_full"), AFullRun);
    }

    [Fact]
    public async Task A_run_that_is_not_there_is_neither_saved_nor_taken_over()
    {
        (await Runs.SaveAsync(ADeadLetterRun("run_none"), default)).ShouldBeFalse();
        (await Runs.TakeOverAsync("run_none", "a", "b", default)).ShouldBeNull();

        (await NewestAsync(9)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_that_is_taken_over_is_its_new_owner_s_to_save()
    {
        await Runs.AddAsync(AFullRun, default);

        (await Runs.TakeOverAsync("run_full", "somebody", "b", default)).ShouldBeNull();
        Same((await Runs.TakeOverAsync("run_full", AFullRun.Owner, "b", default)).ShouldNotBeNull(), AFullRun with { Owner = "b" });

        (await Runs.SaveAsync(AFullRun with { Done = 98 }, default)).ShouldBeFalse();
        (await Runs.SaveAsync(AFullRun with { Done = 99, Owner = "b" }, default)).ShouldBeTrue();
        Same(await FoundAsync("run_full"), AFullRun with { Done = 99, Owner = "b" });
    }

    [Fact]
    public async Task Of_many_who_take_a_run_over_at_once_one_gets_it()
    {
        var other = await OpenAsync();
        await Runs.AddAsync(ADeadLetterRun("run_1"), default);

        var taken = await AtOnceAsync(8, i => (i % 2 == 0 ? Stores : other).Runs.TakeOverAsync("run_1", "a", $"owner {i}", default));

        var winner = taken.OfType<DeadLetterRun>().ShouldHaveSingleItem();
        (await FoundAsync("run_1")).Owner.ShouldBe(winner.Owner);
    }

    [Fact]
    public async Task What_is_saved_while_another_takes_it_over_is_what_the_other_gets_or_is_not_saved()
    {
        var other = await OpenAsync();
        for (var i = 0; i < 20; i++)
        {
            var run = ADeadLetterRun($"run_{i}");
            await Runs.AddAsync(run, default);

            var outcomes = await AtOnceAsync(2, async worker => worker == 0
                ? await Runs.SaveAsync(run with { Done = 1 }, default) ? 1 : 0
                : (await other.Runs.TakeOverAsync(run.Id, "a", "b", default)).ShouldNotBeNull().Done);

            outcomes[0].ShouldBe(outcomes[1]);
        }
    }

    private async Task<DeadLetterRun> FoundAsync(string id) => (await Runs.FindAsync(id, default)).ShouldNotBeNull();

    private async Task<IEnumerable<string>> NewestAsync(int max) => (await Runs.NewestAsync(max, default)).Select(run => run.Id);

    private static void Same(DeadLetterRun actual, DeadLetterRun expected)
    {
        actual.Intent.ShouldBe(expected.Intent);
        actual.ShouldBe(expected with { Intent = actual.Intent });
    }
}
