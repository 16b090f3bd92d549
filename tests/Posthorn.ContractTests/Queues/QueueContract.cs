using System.Security.Cryptography;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>What goes onto a queue, when it is due, and that it comes off as it was.</summary>
public abstract class QueueContract : QueueFacts
{
    public static TheoryData<string> AwkwardTexts =>
        ["'; DROP TABLE messages; --", "%_*?[a-z]", "\"quoted\" and \\ back", "$0 ?1 @a :b", "naïve – 日本語 – 🦉 – \u202Ertl", " spaces\tand\r\nlines ", "NULL"];

    [Fact]
    public async Task An_enqueued_message_is_accepted_and_received()
    {
        (await EnqueueAsync("a")).ShouldBe([EnqueueOutcome.Accepted]);

        var lease = await LeaseOneAsync();

        lease.Message.MessageId.ShouldBe("a");
        lease.DeliveryCount.ShouldBe(1);
        lease.EnqueuedAt.ShouldBe(Now, TimeSpan.FromSeconds(1));
        lease.LockedUntil.ShouldBe(Now + Settings.LockDuration, TimeSpan.FromSeconds(1));
        lease.Progress.AttemptsMade.ShouldBe(0);
        lease.Progress.NextAttempt.ShouldBe(1);
        lease.Progress.Attempts.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_message_comes_back_exactly()
    {
        byte[] everyByte = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        var message = new QueueMessage
        {
            MessageId = "evt_01:x",
            Body = everyByte,
            ContentType = "application/vnd.example+json; charset=utf-8",
            OrderingKey = "kunde-ä/7",
            Properties = new Dictionary<string, string> { ["type"] = "batch.completed", ["naïve"] = "日本語 🦉", ["empty"] = "" },
        };
        await EnqueueAsync(message);

        var received = (await LeaseOneAsync()).Message;

        received.MessageId.ShouldBe(message.MessageId);
        received.Body.ToArray().ShouldBe(everyByte);
        received.ContentType.ShouldBe(message.ContentType);
        received.OrderingKey.ShouldBe(message.OrderingKey);
        received.Properties.OrderBy(property => property.Key).ShouldBe(message.Properties.OrderBy(property => property.Key));
    }

    [Fact]
    public async Task What_a_message_does_not_say_comes_back_unsaid()
    {
        await EnqueueAsync(new QueueMessage { MessageId = "a", Body = default });

        var received = (await LeaseOneAsync()).Message;

        received.Body.IsEmpty.ShouldBeTrue();
        received.ContentType.ShouldBeNull();
        received.OrderingKey.ShouldBeNull();
        received.Properties.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_largest_body_comes_back_exactly()
    {
        var body = RandomNumberGenerator.GetBytes(Harness.LargestBody);
        await EnqueueAsync(Message("large") with { Body = body });

        (await LeaseOneAsync()).Message.Body.Span.SequenceEqual(body).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(AwkwardTexts))]
    public async Task Awkward_text_is_only_text(string text)
    {
        await EnqueueAsync(Message(text, text) with { ContentType = text, OrderingKey = text, Properties = new Dictionary<string, string> { [text] = text } });

        var lease = await LeaseOneAsync();
        await lease.DeadLetterAsync(new DeadLetterReason(text), text, Attempt(1) with { Error = text, Detail = text }, default);
        var letter = (await DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();

        foreach (var message in new[] { lease.Message, letter.Message })
        {
            message.MessageId.ShouldBe(text);
            message.Body.ToArray().ShouldBe(Message(text, text).Body.ToArray());
            message.ContentType.ShouldBe(text);
            message.OrderingKey.ShouldBe(text);
            message.Properties.ShouldHaveSingleItem().ShouldBe(new KeyValuePair<string, string>(text, text));
        }

        (letter.Reason.Name, letter.Description, letter.Progress.Attempts[0].Detail).ShouldBe((text, text, text));
    }

    [Fact]
    public async Task A_message_id_may_be_128_characters_long()
    {
        var id = new string('i', 128);
        await EnqueueAsync(id);

        (await LeaseOneAsync()).Message.MessageId.ShouldBe(id);
    }

    [Fact]
    public async Task A_batch_has_one_outcome_a_message()
    {
        (await EnqueueAsync("a", "b", "c")).ShouldBe([EnqueueOutcome.Accepted, EnqueueOutcome.Accepted, EnqueueOutcome.Accepted]);
        (await Queue.EnqueueAsync([], default)).ShouldBeEmpty();

        Ids(await LeaseAsync(5)).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task Messages_are_received_in_the_order_they_came()
    {
        Assert.SkipUnless(Harness.GivesInOrder, "Mail without an ordering key is spread over sessions, which come in no order.");
        string[] ids = [.. Enumerable.Range(0, 30).Select(i => $"m{29 - i:00}")];
        foreach (var id in ids) await EnqueueAsync(id);

        Ids(await LeaseAsync(30)).ShouldBe(ids);
    }

    [Fact]
    public async Task Messages_are_received_one_by_one_in_the_order_of_their_due_times()
    {
        Assert.SkipUnless(Harness.GivesInOrder, "Mail without an ordering key is spread over sessions, which come in no order.");
        await EnqueueAsync(Message("third") with { DueAt = Now.AddSeconds(30) });
        await EnqueueAsync(Message("first") with { DueAt = Now.AddSeconds(10) });
        await EnqueueAsync(Message("second") with { DueAt = Now.AddSeconds(20) });
        await EnqueueAsync(Message("fourth") with { DueAt = Now.AddSeconds(30) });
        await AdvanceAsync(TimeSpan.FromSeconds(31));

        var order = new List<string>();
        for (var i = 0; i < 4; i++) order.Add((await LeaseOneAsync()).Message.MessageId);

        order.ShouldBe(["first", "second", "third", "fourth"]);
    }

    [Fact]
    public async Task A_receive_gives_at_most_what_was_asked_for()
    {
        await EnqueueAsync([.. Enumerable.Range(0, 10).Select(i => Message($"m{i}"))]);

        (await Queue.ReceiveAsync(4, TimeSpan.Zero, default)).Count.ShouldBeInRange(1, 4);
        (await LeaseAsync(100)).Count.ShouldBeInRange(6, 9);
    }

    [Fact]
    public async Task An_empty_queue_gives_nothing() => (await Queue.ReceiveAsync(10, TimeSpan.Zero, default)).ShouldBeEmpty();

    [Fact]
    public async Task A_scheduled_message_is_invisible_until_it_is_due()
    {
        await EnqueueAsync(Message("later") with { DueAt = Now.AddHours(2) });
        await NothingIsDueAsync();

        await AdvanceAsync(TimeSpan.FromHours(2) - TimeSpan.FromSeconds(1));
        await NothingIsDueAsync();

        await AdvanceAsync(TimeSpan.FromSeconds(1));
        (await LeaseOneAsync()).Message.MessageId.ShouldBe("later");
    }

    [Fact]
    public async Task A_scheduled_message_does_not_hold_up_the_others()
    {
        await EnqueueAsync(Message("later") with { DueAt = Now.AddHours(2) }, Message("now"));

        Ids(await LeaseAsync(10)).ShouldBe(["now"]);
    }

    [Fact]
    public async Task A_due_time_in_the_past_is_now()
    {
        await EnqueueAsync(Message("a") with { DueAt = Now.AddDays(-400) }, Message("b") with { DueAt = DateTimeOffset.UnixEpoch });

        Ids(await LeaseAsync(2)).ShouldBe(["a", "b"], ignoreOrder: true);
    }

    [Fact]
    public async Task Counts_say_which_message_is_in_which_state()
    {
        (await Queue.CountAsync(default)).ShouldBe(new QueueCounts(0, 0, 0, 0, null));

        await BuryAsync("dead");
        await EnqueueAsync("leased");
        await LeaseOneAsync();
        await EnqueueAsync("active1", "active2", "active3");
        await EnqueueAsync(Message("later1") with { DueAt = Now.AddMinutes(1) }, Message("later2") with { DueAt = Now.AddDays(9) });

        var counts = await Queue.CountAsync(default);
        (counts.Active, counts.Scheduled, counts.Locked, counts.Dead).ShouldBe((3, 2, 1, 1));

        await LocksRunOutAsync();
        counts = await Queue.CountAsync(default);
        (counts.Active, counts.Scheduled, counts.Locked, counts.Dead).ShouldBe((4, 2, 0, 1));
    }

    [Fact]
    public async Task The_oldest_age_is_that_of_the_oldest_message_which_is_not_dead()
    {
        await BuryAsync("dead");
        await AdvanceAsync(TimeSpan.FromMinutes(1));
        await EnqueueAsync("old");
        await AdvanceAsync(TimeSpan.FromMinutes(2));
        await EnqueueAsync("young");
        await AdvanceAsync(TimeSpan.FromMinutes(3));

        (await Queue.CountAsync(default)).OldestAge.ShouldNotBeNull().ShouldBe(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(1));

        await (await LeaseAsync(2)).Single(lease => lease.Message.MessageId == "old").CompleteAsync(default);
        (await Queue.CountAsync(default)).OldestAge.ShouldNotBeNull().ShouldBe(TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(1));
    }
}
