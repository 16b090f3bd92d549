using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>One message id is one message, within the window; one id with two fingerprints is a conflict.</summary>
public abstract class DuplicateContract : QueueFacts
{
    [Fact]
    public async Task Fault_7_what_is_sent_again_is_there_once()
    {
        await EnqueueAsync(Fingerprinted("a", 1));
        TheOutcomes(await EnqueueAsync(Fingerprinted("a", 1), Fingerprinted("b", 2)), EnqueueOutcome.Duplicate, EnqueueOutcome.Accepted);

        Ids(await LeaseAsync(10)).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Fault_7_a_message_that_is_done_is_still_remembered()
    {
        await EnqueueAsync("a");
        await (await LeaseOneAsync()).CompleteAsync(default);
        await AdvanceAsync(Settings.DuplicateWindow - TimeSpan.FromSeconds(1));

        TheOutcomes(await EnqueueAsync("a"), EnqueueOutcome.Duplicate);

        await NothingIsDueAsync();
    }

    [Fact]
    public async Task An_id_is_forgotten_after_the_window()
    {
        await EnqueueAsync(Fingerprinted("a", 1));
        await AdvanceAsync(Settings.DuplicateWindow + TimeSpan.FromSeconds(1));

        TheOutcomes(await EnqueueAsync(Fingerprinted("a", 2)), EnqueueOutcome.Accepted);

        Ids(await LeaseAsync(10)).ShouldBe(["a", "a"]);
    }

    [Fact]
    public async Task Duplicates_within_a_batch_are_there_once()
    {
        TheOutcomes(await EnqueueAsync("a", "b", "a"), EnqueueOutcome.Accepted, EnqueueOutcome.Accepted, EnqueueOutcome.Duplicate);

        Ids(await LeaseAsync(10)).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task A_scheduled_message_is_remembered_from_when_it_was_sent()
    {
        await EnqueueAsync(Message("a") with { DueAt = Now.AddMinutes(5) });
        TheOutcomes(await EnqueueAsync("a"), EnqueueOutcome.Duplicate);

        await NothingIsDueAsync();
    }

    [Fact]
    public async Task A_batch_sent_again_after_a_part_of_it_adds_the_rest()
    {
        await EnqueueAsync("b");
        await EnqueueAsync("a", "b", "c");

        Ids(await LeaseAsync(10)).ShouldBe(["a", "b", "c"], ignoreOrder: true);
    }

    [Fact]
    public async Task Fault_52_an_id_with_another_fingerprint_refuses_the_whole_batch()
    {
        Assert.SkipUnless(Harness.TellsDuplicates, "The broker drops duplicates silently.");
        await EnqueueAsync(Fingerprinted("a", 1));

        var outcomes = await EnqueueAsync(Fingerprinted("before", 2), Fingerprinted("a", 9), Fingerprinted("after", 3));

        outcomes.Count.ShouldBe(3);
        outcomes[1].ShouldBe(EnqueueOutcome.Conflict);
        Ids(await LeaseAsync(10)).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Fault_52_what_a_conflict_refused_is_not_remembered()
    {
        Assert.SkipUnless(Harness.TellsDuplicates, "The broker drops duplicates silently.");
        await EnqueueAsync(Fingerprinted("a", 1));
        await EnqueueAsync(Fingerprinted("new", 2), Fingerprinted("a", 9));

        (await EnqueueAsync(Fingerprinted("new", 7))).ShouldBe([EnqueueOutcome.Accepted]);

        Ids(await LeaseAsync(10)).ShouldBe(["a", "new"]);
    }

    [Fact]
    public async Task Fault_52_two_fingerprints_within_a_batch_are_a_conflict()
    {
        Assert.SkipUnless(Harness.TellsDuplicates, "The broker drops duplicates silently.");

        (await EnqueueAsync(Fingerprinted("a", 1), Fingerprinted("a", 2)))[1].ShouldBe(EnqueueOutcome.Conflict);

        await NothingIsDueAsync();
    }

    [Fact]
    public async Task An_empty_fingerprint_is_not_compared()
    {
        await EnqueueAsync(Fingerprinted("a", 1));
        TheOutcomes(await EnqueueAsync("a"), EnqueueOutcome.Duplicate);
        await EnqueueAsync("b");
        TheOutcomes(await EnqueueAsync(Fingerprinted("b", 1)), EnqueueOutcome.Duplicate);

        Ids(await LeaseAsync(10)).ShouldBe(["a", "b"]);
    }

    private void TheOutcomes(IReadOnlyList<EnqueueOutcome> outcomes, params EnqueueOutcome[] expected)
    {
        if (Harness.TellsDuplicates) outcomes.ShouldBe(expected);
        else outcomes.Count.ShouldBe(expected.Length);
    }
}
