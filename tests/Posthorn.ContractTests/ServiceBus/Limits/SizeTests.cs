using System.Text;
using Azure.Messaging.ServiceBus;
using Posthorn.ContractTests.ServiceBus.Faults;
using Posthorn.Queues;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Limits;

/// <summary>What a broker takes no more of: 256 KB a message, with its properties; 32 KB a property, 64 KB all of them; 4096 characters a cause.</summary>
public sealed class SizeTests
{
    private const int Largest = 256 * 1024;

    [Fact]
    public async Task A_call_is_sent_in_as_few_batches_as_it_takes_and_in_order()
    {
        await using var story = new Story(sessions: false);
        string[] ids = [.. Enumerable.Range(0, 12).Select(i => $"m{i:00}")];

        await story.Queue.EnqueueAsync([.. ids.Select(id => Sized(id, 100_000))], default);

        story.Space.Calls.Count(BrokerOperation.Send).ShouldBe(6, "two go into one");
        story.Space.Calls.Count(BrokerOperation.OpenSender).ShouldBe(1);
        story.Look.Active.Select(message => message.MessageId).ShouldBe(ids);
        await story.EnqueueAsync("more");
        story.Space.Calls.Count(BrokerOperation.OpenSender).ShouldBe(1, "the queue is asked for its limit once");
    }

    [Fact]
    public async Task One_that_is_too_large_refuses_the_whole_call()
    {
        await using var story = new Story(sessions: false);

        var refusal = await Should.ThrowAsync<MessageTooLargeException>(() => story.Queue.EnqueueAsync([Sized("a", 200_000), Sized("large", Largest), Sized("b", 10)], default));

        refusal.Message.ShouldContain("large");
        story.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1, 33_000)]
    [InlineData(3, 25_000)]
    public async Task Properties_beyond_what_a_broker_takes_refuse_the_whole_call(int count, int size)
    {
        await using var story = new Story(sessions: false);
        var properties = Enumerable.Range(0, count).ToDictionary(i => $"p{i}", _ => new string('x', size));

        await Should.ThrowAsync<MessageTooLargeException>(() => story.Queue.EnqueueAsync([Story.Message("a"), Story.Message("large") with { Properties = properties }], default));

        story.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false, 2000)]
    [InlineData(true, 2000)]
    [InlineData(false, 700)]
    [InlineData(true, 700)]
    public async Task A_message_that_its_history_makes_too_large_is_retried_with_a_shorter_one(bool sessions, int room)
    {
        await using var story = new Story(sessions);
        await story.Queue.EnqueueAsync([Sized("a", Largest - room)], default);

        for (var number = 1; number <= 4; number++)
        {
            var lease = await story.LeaseOneAsync();
            lease.Progress.NextAttempt.ShouldBe(number);
            await lease.RetryAsync(story.Now.AddSeconds(5), story.Attempt(number) with { Detail = new string('d', 600) }, default);
            story.Look.Dead.ShouldBeEmpty();
            story.Advance(TimeSpan.FromSeconds(5));
        }

        var last = await story.LeaseOneAsync();
        (last.Progress.AttemptsMade, last.Progress.Attempts[^1].Number, last.DeliveryCount).ShouldBe((4, 4, 1));
        await last.CompleteAsync(default);
        story.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_that_can_never_go_back_is_dead_with_the_cause(bool sessions)
    {
        await using var story = new Story(sessions);
        await story.EnqueueAsync("a");
        var lease = await story.LeaseOneAsync();
        story.Space.Faults.FailAll(BrokerOperation.Send, Fault.Before(ServiceBusFailureReason.MessageSizeExceeded));

        await lease.RetryAsync(story.Now.AddSeconds(5), story.Attempt(), default);

        story.Space.Faults.Clear();
        var letter = (await story.Queue.DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
        (letter.Reason, letter.Message.MessageId, letter.Progress.Attempts.Count).ShouldBe((DeadLetterReason.PayloadTooLarge, "a", 1));
        story.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task A_letter_that_its_history_makes_too_large_is_replayed_and_keeps_no_other_back()
    {
        await using var story = new Story(sessions: false);
        foreach (var message in new[] { Sized("large", Largest - 600), Sized("a", 10), Sized("b", 10) })
        {
            await story.Queue.EnqueueAsync([message], default);
            await (await story.LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.PermanentFailure, "no", story.Attempt() with { Detail = new string('d', 600) }, default);
        }

        long[] dead = [.. story.Look.Dead.Select(letter => letter.SequenceNumber)];
        (await story.Queue.DeadLetters.ReplayAsync(dead, ReplayChanges.None, default)).ShouldBe(dead, ignoreOrder: true);

        story.Look.Dead.ShouldBeEmpty();
        (await story.DrainAsync()).Select(lease => lease.Message.MessageId).ShouldBe(["large", "a", "b"], ignoreOrder: true);
    }

    [Fact]
    public async Task Fault_54_reason_and_description_are_cut_to_what_a_broker_takes()
    {
        await using var story = new Story(sessions: false);
        await story.EnqueueAsync("a");

        await (await story.LeaseOneAsync()).DeadLetterAsync(new DeadLetterReason(new string('r', 5000)), new string('é', 9000), story.Attempt(), default);

        var letter = story.Look.Dead.ShouldHaveSingleItem();
        letter.DeadLetterReason.ShouldNotBeNull().Length.ShouldBe(4096);
        letter.DeadLetterErrorDescription.ShouldNotBeNull().Length.ShouldBe(4096);
    }

    [Fact]
    public async Task Properties_stay_within_64_KB_whatever_was_met_and_however_many_times()
    {
        await using var story = new Story(sessions: false);
        var own = Enumerable.Range(0, 2).ToDictionary(i => $"p{i}", _ => new string('x', 22_000));
        await story.Queue.EnqueueAsync([Story.Message("a") with { Properties = own }], default);

        for (var number = 1; number <= 30; number++)
        {
            await (await story.LeaseOneAsync()).RetryAsync(story.Now.AddSeconds(5), story.Attempt(number) with { Detail = new string('é', 500), Error = new string('e', 200) }, default);
            var copy = story.Look.Scheduled.ShouldHaveSingleItem();
            Sizes(copy).Max().ShouldBeLessThanOrEqualTo(32 * 1024);
            (Sizes(copy).Sum() + copy.ApplicationProperties.Keys.Sum(name => name.Length)).ShouldBeLessThanOrEqualTo(64 * 1024);
            story.Advance(TimeSpan.FromSeconds(5));
        }

        await (await story.LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.RetriesExhausted, new string('d', 5000), story.Attempt(31) with { Detail = new string('é', 500) }, default);
        Sizes(story.Look.Dead.ShouldHaveSingleItem()).Sum().ShouldBeLessThanOrEqualTo(64 * 1024);
        var letter = (await story.Queue.DeadLetters.BrowseAsync(0, 1, default)).ShouldHaveSingleItem();
        (letter.Progress.AttemptsMade, letter.Progress.Attempts[^1].Number).ShouldBe((31, 31));
    }

    private static QueueMessage Sized(string id, int bytes) => Story.Message(id) with { Body = new byte[bytes] };

    private static List<int> Sizes(ServiceBusReceivedMessage message) => [.. message.ApplicationProperties.Values.Select(value => value is string text ? Encoding.UTF8.GetByteCount(text) : 8)];
}
