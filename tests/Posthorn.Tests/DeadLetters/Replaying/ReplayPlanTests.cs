using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Queues;
using Posthorn.Tests.DeadLetters.Filtering;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Replaying;

public class ReplayPlanTests
{
    private readonly MemoryDeadLetters _letters = new();

    [Fact]
    public async Task A_plan_counts_what_matches_and_what_of_it_has_expired()
    {
        for (var i = 0; i < 700; i++) _letters.Bury(Letters.Message($"evt_{i}", expiresAt: i < 7 ? Given.Now.AddHours(-1) : null));
        _letters.Bury(Letters.Message(type: "other", expiresAt: Given.Now.AddHours(-1)));

        var plan = await PlanAsync(filter: Filters.Of("type", "thing.*"));

        (plan.Matched, plan.Expired, plan.LastSequence).ShouldBe((700, 7, 701));
        plan.Groups.ShouldHaveSingleItem().Count.ShouldBe(700);
    }

    [Fact]
    public async Task The_groups_are_by_cause_and_destination()
    {
        foreach (var url in new[] { "https://a.example/1", "https://a.example/2", "https://b.example/" }) _letters.Bury(Letters.Message(url: url));

        var plan = await PlanAsync();

        plan.Groups.Select(group => (group.Reason, group.Destination, group.Type, group.Count)).ShouldBe([("RetriesExhausted", "https://a.example", null, 2), ("RetriesExhausted", "https://b.example", null, 1)]);
    }

    [Fact]
    public async Task Without_a_dead_letter_there_is_nothing_to_do()
    {
        var plan = await PlanAsync(5);

        (plan.Matched, plan.Expired, plan.LastSequence, plan.Groups.Count, plan.Canaries.Count).ShouldBe((0, 0, 0, 0, 0));
    }

    [Fact]
    public async Task Canaries_are_spread_over_destinations_the_oldest_of_each_first()
    {
        for (var i = 0; i < 10; i++) _letters.Bury(Letters.Message(url: "https://a.example/"));
        for (var i = 0; i < 2; i++) _letters.Bury(Letters.Message(url: "https://b.example/"));
        _letters.Bury(Letters.Message(url: "https://c.example/"));

        (await PlanAsync(0)).Canaries.ShouldBeEmpty();
        (await PlanAsync(2)).Canaries.ShouldBe([1, 11]);
        (await PlanAsync(3)).Canaries.ShouldBe([1, 11, 13]);
        (await PlanAsync(6)).Canaries.ShouldBe([1, 2, 3, 11, 12, 13]);
        (await PlanAsync(100)).Canaries.ShouldBe(Enumerable.Range(1, 13).Select(i => (long)i));
    }

    [Fact]
    public async Task No_canary_is_one_that_cannot_be_put_back()
    {
        _letters.Bury(Letters.Message(expiresAt: Given.Now.AddHours(-1)));
        _letters.Bury(Letters.Message(expiresAt: Given.Now.AddHours(1)));
        _letters.Bury(Letters.Event());

        (await PlanAsync(9)).Canaries.ShouldBe([2, 3]);
        (await PlanAsync(9, new ReplayOptions { To = new Elsewhere("https://b.example/", null) })).Canaries.ShouldBe([2]);
        (await PlanAsync(9, new ReplayOptions { ResetExpiry = true })).Canaries.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task However_many_destinations_there_are_the_canaries_are_no_more_than_asked_for()
    {
        for (var i = 0; i < 1500; i++) _letters.Bury(Letters.Message(url: $"https://h{i}.example/"));

        (await PlanAsync(5)).Canaries.ShouldBe([1, 2, 3, 4, 5]);
        (await PlanAsync(2000)).Canaries.Count.ShouldBe(1000);
    }

    [Fact]
    public async Task What_dies_while_the_plan_is_made_is_not_part_of_it()
    {
        _letters.Bury(600);
        var watch = new CallWatch();
        watch.Before = call =>
        {
            if (call.Number == 2) _letters.Bury(Letters.Message());
        };

        var plan = await ReplayPlan.MakeAsync(watch.Over(_letters), DeadLetterFilter.Everything, Fitness(new ReplayOptions()), 0, default);

        (plan.Matched, plan.LastSequence).ShouldBe((600, 600));
    }

    private static ReplayFitness Fitness(ReplayOptions options) => new(options, Given.Catalog(), new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Given.Now));

    private Task<ReplayPlan> PlanAsync(int canaries = 0, ReplayOptions? options = null, DeadLetterFilter? filter = null) =>
        ReplayPlan.MakeAsync(_letters, filter ?? DeadLetterFilter.Everything, Fitness(options ?? new ReplayOptions()), canaries, default);
}
