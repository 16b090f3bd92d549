using Azure.Messaging.ServiceBus;
using Posthorn.ContractTests.ServiceBus.Faults;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.ContractTests.ServiceBus.Wire;

/// <summary>What producers write with their own SDKs, well or badly, is read as the README says, and never crashes a receive.</summary>
public sealed class ForeignMailTests : IAsyncLifetime
{
    private readonly Story _story = new(sessions: false);
    private readonly ServiceBusClient _client;

    public ForeignMailTests()
    {
        _ = _story.Queue;
        _client = new ServiceBusClient(_story.Space.ConnectionString);
    }

    /// <summary>What a producer may write as a property, and as what it is read.</summary>
    public static TheoryData<string, string?> Values => new()
    {
        { "text", "text" }, { "true", "1" }, { "int", "7" }, { "long", "8" }, { "double", "1.5" }, { "decimal", "2.50" }, { "char", "c" },
        { "timestamp", "2026-03-01T11:00:00.000Z" }, { "offset", "2026-03-01T11:00:00.000Z" }, { "uri", "https://receiver.example/a?b=c" },
        { "guid", "00000000-0000-0000-0000-000000000001" }, { "span", "00:01:00" }, { "bytes", null }, { "null", null },
    };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _story.DisposeAsync();
    }

    [Fact]
    public async Task Every_row_of_the_READMEs_table_is_read()
    {
        var envelope = await ReadAsync(new ServiceBusMessage("""{"batch_id":"batch-7"}""")
        {
            MessageId = "evt_01",
            Subject = "batch.completed",
            CorrelationId = "batch-7",
            ContentType = "application/json",
            SessionId = "key",
            ApplicationProperties =
            {
                ["url"] = "https://example.com/hook", ["profile"] = "papr-batch", ["tenant"] = "t", ["secret_ref"] = "config:papr", ["bearer_token_ref"] = "config:token",
                ["time"] = "2026-03-01T11:00:00Z", ["expires_at"] = new DateTime(2026, 3, 2, 11, 0, 0, DateTimeKind.Utc), ["headers"] = """{"X-Env":"prod"}""",
            },
        });

        (envelope.Id, envelope.Type, envelope.Subject, envelope.Profile.Name, envelope.Tenant, envelope.OrderingKey).ShouldBe(("evt_01", "batch.completed", "batch-7", "papr-batch", "t", "key"));
        (envelope.Time, envelope.ExpiresAt).ShouldBe(("2026-03-01T11:00:00Z", new DateTimeOffset(2026, 3, 2, 11, 0, 0, TimeSpan.Zero)));
        (envelope.Destination.Url.OriginalString, envelope.Destination.SecretRef, envelope.Destination.BearerTokenRef).ShouldBe(("https://example.com/hook", "config:papr", "config:token"));
        envelope.Destination.Headers.GetValueOrDefault("X-Env").ShouldBe("prod");
        System.Text.Encoding.UTF8.GetString(envelope.Body.Span).ShouldBe("""{"batch_id":"batch-7"}""");
    }

    [Fact]
    public async Task A_plain_JSON_envelope_is_read_from_its_body_alone()
    {
        var envelope = await ReadAsync(new ServiceBusMessage("""{"id":"evt_2","type":"t","destination":{"url":"https://example.com/hook"},"data":{"a":1}}""") { ContentType = "application/json" });

        (envelope.Id, envelope.Type).ShouldBe(("evt_2", "t"));
    }

    [Fact]
    public async Task What_has_no_id_gets_one_that_stays()
    {
        await SendAsync(new ServiceBusMessage("{}"));
        var lease = await _story.LeaseOneAsync();
        await lease.RetryAsync(_story.Now, _story.Attempt(), default);

        (await _story.LeaseOneAsync()).Message.MessageId.ShouldBe(lease.Message.MessageId);
    }

    [Fact]
    public async Task What_a_producer_schedules_is_due_then_and_what_it_limits_ends_then()
    {
        await SendAsync(new ServiceBusMessage("{}") { MessageId = "a", ScheduledEnqueueTime = _story.Now.AddMinutes(1), TimeToLive = TimeSpan.FromMinutes(5) });
        (await _story.Queue.ReceiveAsync(1, TimeSpan.Zero, default)).ShouldBeEmpty();
        _story.Advance(TimeSpan.FromMinutes(1));
        var lease = await _story.LeaseOneAsync();
        lease.Message.ExpiresAt.ShouldBe(_story.Now.AddMinutes(5));
        await lease.RetryAsync(_story.Now.AddMinutes(2), _story.Attempt(), default);

        _story.Look.Scheduled.ShouldHaveSingleItem().TimeToLive.ShouldBe(TimeSpan.FromMinutes(3), "each copy begins anew, but the end stays");
    }

    [Theory, MemberData(nameof(Values))]
    public async Task A_property_of_any_type_is_read_as_a_text_or_left_out(string kind, string? expected)
    {
        var message = new ServiceBusMessage("{}") { MessageId = "a" };
        message.ApplicationProperties["p"] = ValueOf(kind)!;
        await SendAsync(message);

        var lease = await _story.LeaseOneAsync();

        lease.Message.Properties.GetValueOrDefault("p").ShouldBe(expected);
        await lease.RetryAsync(_story.Now, _story.Attempt(), default);
        (await _story.LeaseOneAsync()).Message.Properties.GetValueOrDefault("p").ShouldBe(expected);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(1_000_000)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData("many")]
    [InlineData("")]
    [InlineData(1.5)]
    [InlineData(true)]
    public async Task Fault_53_whatever_the_counters_say_the_message_gets_through_every_time_it_goes_back(object count)
    {
        var message = new ServiceBusMessage("{}") { MessageId = "a" };
        foreach (var name in new[] { "posthorn_attempts_made", "posthorn_postponements", "posthorn_replays", "posthorn_enqueued_at", "posthorn_dead_at", "posthorn_dead_delivery_count" })
            message.ApplicationProperties[name] = count;
        await SendAsync(message);

        for (var i = 0; i < 3; i++)
        {
            await (await _story.LeaseOneAsync()).RetryAsync(_story.Now, _story.Attempt(), default);
            await (await _story.LeaseOneAsync()).PostponeAsync(_story.Now, default);
            await (await _story.LeaseOneAsync()).DeadLetterAsync(DeadLetterReason.PermanentFailure, "", _story.Attempt(), default);
            var letter = (await _story.Queue.DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
            letter.Progress.AttemptsMade.ShouldBeGreaterThanOrEqualTo(0);
            await _story.Queue.DeadLetters.ReplayAsync([letter.Sequence], ReplayChanges.None, default);
        }

        (await _story.LeaseOneAsync()).Progress.NextAttempt.ShouldBe(1);
    }

    [Theory]
    [InlineData("posthorn_message_id", "")]
    [InlineData("posthorn_attempts", "[null,{}]")]
    [InlineData("posthorn_attempts", "{")]
    [InlineData("posthorn_ordering_key", "")]
    [InlineData("posthorn_note", "look")]
    [InlineData("posthorn_of_another_version", "x")]
    public async Task Fault_53_what_a_producer_must_not_write_does_no_harm(string name, string value)
    {
        foreach (var id in new[] { "a", "b" }) await SendAsync(new ServiceBusMessage("{}") { MessageId = id, ApplicationProperties = { [name] = value } });

        foreach (var lease in await _story.Queue.ReceiveAsync(2, TimeSpan.Zero, default)) await lease.RetryAsync(_story.Now, _story.Attempt(), default);

        _story.Mail.Count.ShouldBe(2);
        (await _story.Queue.ReceiveAsync(2, TimeSpan.Zero, default)).Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("posthorn_dead_reason")]
    [InlineData("posthorn_dead_description")]
    [InlineData("posthorn_message_id")]
    public async Task Fault_54_a_mark_of_death_of_any_length_is_cut_and_holds_up_nobody(string name)
    {
        var message = new ServiceBusMessage("{}") { MessageId = "a", ApplicationProperties = { ["posthorn_dead_reason"] = "R" } };
        message.ApplicationProperties[name] = new string('x', 30_000);
        await SendAsync(message);
        await SendAsync(new ServiceBusMessage("{}") { MessageId = "b" });

        var leases = new List<ILease>();
        for (var i = 0; i < 3; i++) leases.AddRange(await _story.Queue.ReceiveAsync(2, TimeSpan.Zero, default));

        leases.ShouldHaveSingleItem().Message.MessageId.ShouldBe("b");
        var letter = (await _story.Queue.DeadLetters.BrowseAsync(0, 10, default)).ShouldHaveSingleItem();
        letter.Reason.Name.Length.ShouldBeLessThanOrEqualTo(4096);
        letter.Description.Length.ShouldBeLessThanOrEqualTo(4096);
        await _story.Queue.DeadLetters.ReplayAsync([letter.Sequence], ReplayChanges.None, default);
        (await _story.LeaseOneAsync()).Progress.Replays.ShouldBe(1);
    }

    private static object? ValueOf(string kind) => kind switch
    {
        "text" => "text",
        "true" => true,
        "int" => 7,
        "long" => 8L,
        "double" => 1.5,
        "decimal" => 2.50m,
        "char" => 'c',
        "timestamp" => new DateTime(2026, 3, 1, 11, 0, 0, DateTimeKind.Utc),
        "offset" => new DateTimeOffset(2026, 3, 1, 11, 0, 0, TimeSpan.Zero),
        "uri" => new Uri("https://receiver.example/a?b=c"),
        "guid" => new Guid("00000000-0000-0000-0000-000000000001"),
        "span" => TimeSpan.FromMinutes(1),
        "bytes" => new byte[] { 1, 2 },
        _ => null,
    };

    private Task SendAsync(ServiceBusMessage message) => _client.CreateSender(DoubleHarness.QueueName).SendMessageAsync(message);

    private async Task<Envelope> ReadAsync(ServiceBusMessage message)
    {
        await SendAsync(message);
        var lease = await _story.LeaseOneAsync();
        new EnvelopeReader(Given.Builder()).TryRead(lease.Message, lease.EnqueuedAt, out var envelope, out var errors).ShouldBeTrue(string.Join("; ", errors));
        return envelope.ShouldNotBeNull();
    }
}
