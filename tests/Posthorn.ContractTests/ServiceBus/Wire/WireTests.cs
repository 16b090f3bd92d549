using Azure.Messaging.ServiceBus;
using Posthorn.ContractTests.Queues;
using Posthorn.ContractTests.ServiceBus.Faults;
using Posthorn.Queues;

namespace Posthorn.ContractTests.ServiceBus.Wire;

/// <summary>What lies on the broker, to the last property and its type: other versions, and other people's tools, read it.</summary>
public sealed class WireTests : IAsyncLifetime
{
    private readonly Story _plain = new(sessions: false);
    private readonly Story _sessions = new(sessions: true);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _plain.DisposeAsync();
        await _sessions.DisposeAsync();
    }

    [Fact]
    public async Task An_envelope_has_its_type_and_subject_where_every_SDK_has_them_and_the_rest_in_properties()
    {
        await _plain.Queue.EnqueueAsync([DeadMail.Envelope("evt_1") with { ExpiresAt = _plain.Now.AddHours(1) }], default);

        Text(_plain.Look.Active.ShouldHaveSingleItem()).ShouldBe("""
            MessageId evt_1 | Subject thing.happened | CorrelationId subject 漢 | SessionId k evt_1 | ContentType application/json | TimeToLive 01:00:00
            envelope_version String 1
            expires_at String 2026-03-02T14:00:00.123+02:00
            id String evt_1
            profile String proposal
            sealed String sealed secrets
            tenant String tenant é
            time String 2026-03-01T11:00:00Z
            url String https://user:secret@receiver.example:8443/a/b?token=secret
            {"a":1}
            """, StringCompareShould.IgnoreLineEndings);
    }

    [Fact]
    public async Task A_plain_envelope_and_what_is_none_lie_as_they_are()
    {
        await _plain.Queue.EnqueueAsync([new QueueMessage { MessageId = "a", Body = "not JSON"u8.ToArray() }], default);

        Text(_plain.Look.Active.ShouldHaveSingleItem()).ShouldBe("MessageId a | Subject - | CorrelationId - | SessionId - | ContentType - | TimeToLive -\nnot JSON");
    }

    [Fact]
    public async Task An_event_lies_as_the_same_kind_of_message()
    {
        await _plain.Queue.EnqueueAsync([DeadMail.Of("an event")], default);

        var lying = _plain.Look.Active.ShouldHaveSingleItem();
        (lying.MessageId, lying.Subject, lying.CorrelationId).ShouldBe(("an event", "thing.happened", "s"));
        lying.ApplicationProperties.Values.ShouldAllBe(value => value is string);
    }

    [Fact]
    public async Task What_is_for_later_is_scheduled_and_remembers_when_it_came()
    {
        await _plain.Queue.EnqueueAsync([Story.Message("a") with { DueAt = _plain.Now.AddMinutes(5), ExpiresAt = _plain.Now.AddMinutes(65) }], default);

        var lying = _plain.Look.Scheduled.ShouldHaveSingleItem();
        lying.ScheduledEnqueueTime.ShouldBe(_plain.Now.AddMinutes(5));
        lying.TimeToLive.ShouldBe(TimeSpan.FromHours(1), "it runs from the scheduled time");
        lying.ApplicationProperties["posthorn_enqueued_at"].ShouldBe(_plain.Now.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task A_copy_for_another_attempt_says_which_and_keeps_everything_else()
    {
        await _plain.Queue.EnqueueAsync([DeadMail.Envelope("evt_1") with { ExpiresAt = _plain.Now.AddHours(1) }], default);
        var came = _plain.Now;
        _plain.Advance(TimeSpan.FromSeconds(10));
        await (await _plain.LeaseOneAsync()).RetryAsync(_plain.Now.AddMinutes(5), _plain.Attempt() with { Detail = "no" }, default);

        Text(_plain.Look.Scheduled.ShouldHaveSingleItem()).ShouldBe($$$"""
            MessageId evt_1:1:0 | Subject thing.happened | CorrelationId subject 漢 | SessionId k evt_1 | ContentType application/json | TimeToLive 00:54:50
            envelope_version String 1
            expires_at String 2026-03-02T14:00:00.123+02:00
            id String evt_1
            posthorn_attempts String [{"number":1,"at":"2026-03-01T12:00:10+00:00","duration_ms":5,"status":503,"detail":"no"}]
            posthorn_attempts_made Int32 1
            posthorn_enqueued_at Int64 {{{came.ToUnixTimeMilliseconds()}}}
            posthorn_message_id String evt_1
            profile String proposal
            sealed String sealed secrets
            tenant String tenant é
            time String 2026-03-01T11:00:00Z
            url String https://user:secret@receiver.example:8443/a/b?token=secret
            {"a":1}
            """, StringCompareShould.IgnoreLineEndings);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ids_say_the_attempt_the_postponements_and_the_replay_and_never_repeat(bool sessions)
    {
        var story = sessions ? _sessions : _plain;
        await story.EnqueueAsync("a");
        var ids = new List<string>();

        await GoAsync(lease => lease.PostponeAsync(story.Now.AddMinutes(1), default));
        await GoAsync(lease => lease.RetryAsync(story.Now.AddMinutes(1), story.Attempt(), default));
        await GoAsync(lease => lease.PostponeAsync(story.Now.AddMinutes(1), default));
        await GoAsync(lease => lease.DeadLetterAsync(DeadLetterReason.PermanentFailure, "", null, default));
        await ReplayAsync();
        await GoAsync(lease => lease.RetryAsync(story.Now.AddMinutes(1), story.Attempt(), default));
        await GoAsync(lease => lease.DeadLetterAsync(DeadLetterReason.PermanentFailure, "", null, default));
        await ReplayAsync();

        ids.ShouldBe(["a:0:1", "a:1:1", "a:1:2", "a:1:2", "a:r1", "a:r1:1:0", "a:r1:1:0", "a:r2"]);

        async Task GoAsync(Func<ILease, Task> settle)
        {
            var lease = await story.LeaseOneAsync();
            lease.Message.MessageId.ShouldBe("a");
            await settle(lease);
            Note();
            story.Advance(TimeSpan.FromMinutes(1));
        }

        async Task ReplayAsync()
        {
            await story.Queue.DeadLetters.ReplayAsync([story.Look.Dead.ShouldHaveSingleItem().SequenceNumber], ReplayChanges.None, default);
            Note();
        }

        void Note() => ids.Add(story.Mail.Concat(story.Look.Dead).ShouldHaveSingleItem().MessageId ?? "");
    }

    [Theory]
    [InlineData("x:r1")]
    [InlineData("x:1:0")]
    [InlineData("x:0:1")]
    public async Task A_producers_id_that_looks_like_a_copys_takes_no_copys_place(string id)
    {
        await _plain.EnqueueAsync(id, "x");

        var leases = await _plain.Queue.ReceiveAsync(2, TimeSpan.Zero, default);
        leases.Select(lease => lease.Message.MessageId).ShouldBe([id, "x"]);
        await leases[1].RetryAsync(_plain.Now.AddSeconds(1), _plain.Attempt(), default);
        _plain.Advance(TimeSpan.FromSeconds(1));
        (await _plain.LeaseOneAsync()).Message.MessageId.ShouldBe("x");
    }

    [Fact]
    public async Task Long_ids_stay_within_what_a_broker_takes_and_stay_different()
    {
        var (one, other) = (new string('i', 127) + "1", new string('i', 127) + "2");
        await _plain.EnqueueAsync(one, other);
        foreach (var lease in await _plain.Queue.ReceiveAsync(2, TimeSpan.Zero, default)) await lease.RetryAsync(_plain.Now.AddSeconds(1), _plain.Attempt(), default);

        var copies = _plain.Look.Scheduled;
        copies.Select(copy => copy.MessageId).Distinct(StringComparer.Ordinal).Count().ShouldBe(2);
        copies.ShouldAllBe(copy => copy.MessageId != null && copy.MessageId.Length <= 128);
        copies.Select(copy => copy.ApplicationProperties["posthorn_message_id"]).ShouldBe([one, other]);
    }

    [Fact]
    public async Task A_replay_gives_a_new_deadline_and_the_run_and_nothing_of_an_old_end()
    {
        await _plain.Queue.EnqueueAsync([DeadMail.Envelope("a") with { DueAt = _plain.Now.AddMinutes(1), ExpiresAt = _plain.Now.AddHours(1) }], default);
        _plain.Advance(TimeSpan.FromMinutes(1));
        await (await _plain.LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.PermanentFailure, "", _plain.Attempt(), default);
        await _plain.Queue.DeadLetters.ReplayAsync([_plain.Look.Dead[0].SequenceNumber], new ReplayChanges { Run = "run_1", Deadline = _plain.Now.AddDays(2) }, default);

        var copy = _plain.Look.Active.ShouldHaveSingleItem();
        (copy.MessageId, copy.TimeToLive, copy.SessionId, copy.Subject).ShouldBe(("a:r1", TimeSpan.MaxValue, "k a", "thing.happened"));
        copy.ApplicationProperties["replay_run"].ShouldBe("run_1");
        copy.ApplicationProperties["expires_at"].ShouldBe("2026-03-03T12:01:00.000Z");
        copy.ApplicationProperties["posthorn_replays"].ShouldBe(1);
        copy.ApplicationProperties.ContainsKey("posthorn_attempts_made").ShouldBeFalse();
        copy.ApplicationProperties.ContainsKey("DeadLetterReason").ShouldBeFalse();
        copy.ApplicationProperties.ContainsKey("posthorn_dead_at").ShouldBeFalse();
    }

    [Fact]
    public async Task A_queue_with_sessions_spreads_mail_without_a_key_and_keeps_long_keys()
    {
        await _sessions.Queue.EnqueueAsync([Story.Message("unkeyed"), Story.Message("keyed") with { OrderingKey = "k" }, Story.Message("long") with { OrderingKey = new string('k', 129) }], default);

        var lying = _sessions.Look.Active.ToDictionary(message => message.MessageId ?? "");
        lying["unkeyed"].SessionId.ShouldStartWith("posthorn~");
        lying["unkeyed"].ApplicationProperties["posthorn_ordering_key"].ShouldBe("");
        (lying["keyed"].SessionId, lying["keyed"].ApplicationProperties.ContainsKey("posthorn_ordering_key")).ShouldBe(("k", false));
        lying["long"].SessionId.ShouldNotBeNull().Length.ShouldBe(64);
        lying["long"].ApplicationProperties["posthorn_ordering_key"].ShouldBe(new string('k', 129));
    }

    private static string Text(ServiceBusReceivedMessage message) => string.Join('\n', [
        $"MessageId {message.MessageId} | Subject {message.Subject ?? "-"} | CorrelationId {message.CorrelationId ?? "-"} | SessionId {message.SessionId ?? "-"} | ContentType {message.ContentType ?? "-"} | TimeToLive {(message.TimeToLive == TimeSpan.MaxValue ? "-" : $"{message.TimeToLive:c}")}",
        .. message.ApplicationProperties.OrderBy(property => property.Key, StringComparer.Ordinal).Select(property => $"{property.Key} {property.Value.GetType().Name} {property.Value}"),
        message.Body.ToString(),
    ]);
}
