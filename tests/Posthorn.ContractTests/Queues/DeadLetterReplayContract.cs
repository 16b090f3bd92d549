using System.Text;
using Posthorn.Diagnostics;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>What is different about a dead letter that is put back, and what stays.</summary>
public abstract class DeadLetterReplayContract : QueueFacts
{
    private static readonly Elsewhere Other = new("https://other.example/in", Sealed: null);

    public static TheoryData<string> Kinds => [.. DeadMail.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Nothing_is_different_when_nothing_is_asked_for(string kind)
    {
        var message = DeadMail.Of(kind);
        await BuryAsync(message);
        var enqueuedAt = (await TheDeadLetterAsync()).EnqueuedAt;
        await AdvanceAsync(TimeSpan.FromHours(1));

        var lease = await ReplayOneAsync(ReplayChanges.None);

        ShouldBeWritten(lease.Message, message);
        lease.EnqueuedAt.ShouldBe(enqueuedAt);
    }

    [Theory]
    [InlineData(TraceContext.Parent)]
    [InlineData(TraceContext.DiagnosticId)]
    public async Task A_producers_trace_goes_on_through_a_retry_the_dead_letter_and_the_replay(string property)
    {
        const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        await EnqueueAsync(Message("a") with { Properties = new Dictionary<string, string> { [property] = Parent, [TraceContext.State] = "vendor=1" } });
        await (await LeaseOneAsync()).RetryAsync(Now.AddSeconds(1), Attempt(1), default);
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        var retried = await LeaseOneAsync();
        await BuryAsync(retried);
        var letter = await TheDeadLetterAsync();

        var replayed = await ReplayOneAsync(new ReplayChanges { Run = "run_1" });

        foreach (var message in new[] { retried.Message, letter.Message, replayed.Message })
        {
            var context = TraceContext.Of(message).ShouldNotBeNull();
            (TraceContext.Text(context), context.TraceState).ShouldBe((Parent, "vendor=1"));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_run_is_on_the_message_until_a_replay_without_one(string kind)
    {
        await BuryAsync(DeadMail.Of(kind));

        var lease = await ReplayOneAsync(new ReplayChanges { Run = "run_1" });
        lease.Message.Properties[EnvelopeProperties.ReplayRun].ShouldBe("run_1");
        await BuryAsync(lease);
        (await TheDeadLetterAsync()).Message.Properties[EnvelopeProperties.ReplayRun].ShouldBe("run_1");
        lease = await ReplayOneAsync(new ReplayChanges { Run = "run_2" });
        lease.Message.Properties[EnvelopeProperties.ReplayRun].ShouldBe("run_2");
        await BuryAsync(lease);
        lease = await ReplayOneAsync(ReplayChanges.None);

        lease.Message.Properties.Keys.ShouldNotContain(EnvelopeProperties.ReplayRun);
        ShouldBeWritten(lease.Message, DeadMail.Of(kind));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_deadline_is_in_the_properties_and_stays(string kind)
    {
        await BuryAsync(DeadMail.Of(kind));
        var (deadline, later) = (Now.AddDays(2), Now.AddDays(3));

        var lease = await ReplayOneAsync(new ReplayChanges { Deadline = deadline });
        lease.Message.Properties[EnvelopeProperties.ExpiresAt].ShouldBe(Rfc3339.Format(deadline));
        await BuryAsync(lease);
        lease = await ReplayOneAsync(ReplayChanges.None);
        lease.Message.Properties[EnvelopeProperties.ExpiresAt].ShouldBe(Rfc3339.Format(deadline));
        await BuryAsync(lease);
        lease = await ReplayOneAsync(new ReplayChanges { Deadline = later });

        lease.Message.Properties[EnvelopeProperties.ExpiresAt].ShouldBe(Rfc3339.Format(later));
        lease.Message.Body.ToArray().ShouldBe(DeadMail.Of(kind).Body.ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Another_destination_is_in_the_properties_until_a_replay_without_one_and_a_deadline_stays(string kind)
    {
        await BuryAsync(DeadMail.Of(kind));
        var deadline = Now.AddDays(2);

        var lease = await ReplayOneAsync(new ReplayChanges { Deadline = deadline, To = Other with { Sealed = "the whole URL, sealed" } });
        (lease.Message.Properties[EnvelopeProperties.ReplayTo], lease.Message.Properties[EnvelopeProperties.ReplayToSealed]).ShouldBe((Other.Url, "the whole URL, sealed"));
        await BuryAsync(lease);
        lease = await ReplayOneAsync(new ReplayChanges { To = Other });
        (lease.Message.Properties[EnvelopeProperties.ReplayTo], lease.Message.Properties.GetValueOrDefault(EnvelopeProperties.ReplayToSealed)).ShouldBe((Other.Url, null));
        await BuryAsync(lease);
        lease = await ReplayOneAsync(ReplayChanges.None);

        lease.Message.Properties.Keys.ShouldNotContain(EnvelopeProperties.ReplayTo);
        lease.Message.Properties.Keys.ShouldNotContain(EnvelopeProperties.ReplayToSealed);
        lease.Message.Properties[EnvelopeProperties.ExpiresAt].ShouldBe(Rfc3339.Format(deadline));
    }

    [Fact]
    public async Task What_is_different_stays_through_retries_postponements_and_lost_locks()
    {
        await BuryAsync(DeadMail.Envelope("a"));
        var lease = await ReplayOneAsync(new ReplayChanges { Run = "run_1", Deadline = Now.AddDays(2), To = Other });
        var properties = lease.Message.Properties;

        await lease.RetryAsync(Now, Attempt(1), default);
        await (await LeaseOneAsync()).PostponeAsync(Now, default);
        await (await LeaseOneAsync()).AbandonAsync(default);
        await LeaseOneAsync();
        await LocksRunOutAsync();

        lease = await LeaseOneAsync();
        lease.Message.Properties.ShouldBe(properties, ignoreOrder: true);
        await BuryAsync(lease);
        (await TheDeadLetterAsync()).Message.Properties.ShouldBe(properties, ignoreOrder: true);
    }

    [Fact]
    public async Task Another_message_goes_in_place_of_the_dead_one_and_the_rest_stays()
    {
        await BuryAsync(DeadMail.Envelope("a"));
        var before = await TheDeadLetterAsync();
        var edited = Edited("b") with { MessageId = "another id" };
        await AdvanceAsync(TimeSpan.FromMinutes(1));

        var lease = await ReplayOneAsync(new ReplayChanges { Run = "run_1", Instead = edited });

        ShouldBeWritten(lease.Message, edited with { MessageId = "a" });
        lease.Message.Properties.Count.ShouldBe(edited.Properties.Count + 1, "Its own, and the run.");
        (lease.EnqueuedAt, lease.Progress.Replays, lease.Progress.AttemptsMade).ShouldBe((before.EnqueuedAt, 1, 0));
        lease.Progress.Attempts.ShouldBe(before.Progress.Attempts);
        await BuryAsync(lease);
        (await TheDeadLetterAsync()).Message.Body.ToArray().ShouldBe(edited.Body.ToArray());
    }

    [Fact]
    public async Task A_plain_envelope_may_become_one_in_properties_and_the_other_way_round()
    {
        await BuryAsync(DeadMail.Plain("a"));

        var lease = await ReplayOneAsync(new ReplayChanges { Instead = DeadMail.Envelope("a") });
        ShouldBeWritten(lease.Message, DeadMail.Envelope("a"));
        await BuryAsync(lease);
        lease = await ReplayOneAsync(new ReplayChanges { Instead = DeadMail.Plain("a") });

        ShouldBeWritten(lease.Message, DeadMail.Plain("a"));
        lease.Message.Properties.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_another_message_says_holds_whatever_earlier_replays_put_in_its_place()
    {
        await BuryAsync(DeadMail.Envelope("a") with { OrderingKey = null }, DeadMail.Envelope("b") with { OrderingKey = null });
        await ReplayAllAsync(new ReplayChanges { Run = "run_1", Deadline = Now.AddHours(1), To = Other });
        foreach (var dead in await LeaseAsync(2)) await BuryAsync(dead);
        var letters = await DeadLetters.BrowseAsync(0, 10, default);
        var (sooner, never) = (Edited("a") with { OrderingKey = null }, Edited("b") with { OrderingKey = null, Properties = Edited("b").Properties.Where(property => property.Key != EnvelopeProperties.ExpiresAt).ToDictionary() });

        await DeadLetters.ReplayAsync([letters[0].Sequence], new ReplayChanges { Instead = sooner }, default);
        await DeadLetters.ReplayAsync([letters[1].Sequence], new ReplayChanges { Instead = never }, default);

        var leases = await LeaseAsync(2);
        leases[0].Message.Properties.ShouldBe(sooner.Properties, ignoreOrder: true);
        leases[1].Message.Properties.ShouldBe(never.Properties, ignoreOrder: true);
    }

    [Fact]
    public async Task Another_message_made_of_what_was_browsed_does_not_keep_the_marks_of_earlier_replays()
    {
        await BuryAsync(DeadMail.Envelope("a"));
        await BuryAsync(await ReplayOneAsync(new ReplayChanges { Run = "run_1", To = Other with { Sealed = "seal" } }));
        var browsed = (await TheDeadLetterAsync()).Message;

        var lease = await ReplayOneAsync(new ReplayChanges { Instead = browsed with { Body = "{}"u8.ToArray() } });

        lease.Message.Properties.ShouldBe(DeadMail.Envelope("a").Properties, ignoreOrder: true);
    }

    [Fact]
    public async Task A_new_deadline_and_another_destination_go_with_another_message()
    {
        await BuryAsync(DeadMail.Envelope("a"));

        var lease = await ReplayOneAsync(new ReplayChanges { Instead = Edited("a"), Deadline = Now.AddDays(9), To = Other });

        (lease.Message.Properties[EnvelopeProperties.ExpiresAt], lease.Message.Properties[EnvelopeProperties.ReplayTo]).ShouldBe((Rfc3339.Format(Now.AddDays(9)), Other.Url));
    }

    [Fact]
    public async Task One_message_cannot_go_in_place_of_several()
    {
        await BuryAsync("a", "b");
        long[] sequences = [.. (await DeadLetters.BrowseAsync(0, 10, default)).Select(letter => letter.Sequence)];

        await Should.ThrowAsync<ArgumentException>(() => DeadLetters.ReplayAsync(sequences, new ReplayChanges { Instead = Edited("a") }, default));

        (await DeadLetters.CountAsync(default)).ShouldBe(2);
        (await DeadLetters.ReplayAsync([long.MaxValue], new ReplayChanges { Instead = Edited("a") }, default)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_replay_changes_nothing_of_the_letters_it_does_not_name()
    {
        await BuryAsync(DeadMail.Envelope("a"), DeadMail.Envelope("b"));
        var letters = await DeadLetters.BrowseAsync(0, 10, default);

        await DeadLetters.ReplayAsync([letters[0].Sequence], new ReplayChanges { Run = "run_1", Deadline = Now.AddDays(1), To = Other, Instead = Edited("a") }, default);

        var left = await TheDeadLetterAsync();
        left.Message.Properties.ShouldBe(letters[1].Message.Properties, ignoreOrder: true);
        left.Message.Body.ToArray().ShouldBe(letters[1].Message.Body.ToArray());
    }

    private static QueueMessage Edited(string messageId) => new()
    {
        MessageId = messageId,
        Body = Encoding.UTF8.GetBytes("""{"edited":true}"""),
        ContentType = "application/vnd.edited+json",
        OrderingKey = $"another key {messageId}",
        Properties = new Dictionary<string, string>
        {
            [EnvelopeProperties.Version] = "1",
            [EnvelopeProperties.Id] = "evt_1",
            [EnvelopeProperties.Type] = "thing.edited",
            [EnvelopeProperties.Url] = "https://edited.example/",
            [EnvelopeProperties.ExpiresAt] = "2026-03-05T12:00:00Z",
        },
    };

    /// <summary>Whether a message is the one that was written, apart from what replays put there.</summary>
    private static void ShouldBeWritten(QueueMessage message, QueueMessage written)
    {
        string[] marks = [EnvelopeProperties.ReplayRun, EnvelopeProperties.ReplayTo, EnvelopeProperties.ReplayToSealed];
        (message.MessageId, message.ContentType, message.OrderingKey).ShouldBe((written.MessageId, written.ContentType, written.OrderingKey));
        message.Body.ToArray().ShouldBe(written.Body.ToArray());
        message.Properties.ExceptBy(marks, property => property.Key).ShouldBe(written.Properties.ExceptBy(marks, property => property.Key), ignoreOrder: true);
    }
}
