using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Delivery;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.ServiceBusDouble;
using Posthorn.Tests.Support;

namespace Posthorn.ContractTests.ServiceBus.Faults;

/// <summary>The worker's own receive loop and handler over a broker that goes wrong.</summary>
public sealed class PumpFaultTests : IAsyncLifetime
{
    private readonly Story _story = new(sessions: false);
    private readonly Parts _parts = new();
    private readonly PumpPulse _pulse;

    public PumpFaultTests() => _pulse = new PumpPulse(Clock);

    private FakeTimeProvider Clock => _story.Harness.Clock;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _parts.DisposeAsync();
        await _story.DisposeAsync();
    }

    [Fact]
    public async Task Fault_08_a_broker_that_drops_mid_post_is_not_settled_with_and_the_message_comes_again()
    {
        await _story.EnqueueAsync("evt_1");
        var handler = NewHandler();
        _parts.Receiver.Answer = _ =>
        {
            _story.Space.DropLinks();
            return (HttpStatusCode.OK, "");
        };

        await Should.ThrowAsync<LockLostException>(async () => await handler.HandleAsync(await _story.LeaseOneAsync(), default));
        _story.Advance(TimeSpan.FromSeconds(31));
        var again = await _story.LeaseOneAsync();

        (again.Message.MessageId, again.DeliveryCount, again.Progress.AttemptsMade).ShouldBe(("evt_1", 2, 0));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, 0, 0)]
    [InlineData(HttpStatusCode.ServiceUnavailable, 1, 0)]
    [InlineData(HttpStatusCode.Gone, 0, 1)]
    public async Task Fault_09_a_message_whose_lock_was_lost_mid_post_is_settled_from_memory_when_it_comes_again(HttpStatusCode status, int scheduled, int dead)
    {
        await _story.EnqueueAsync("evt_1");
        var handler = NewHandler();
        _parts.Receiver.Answer = _ =>
        {
            _story.Advance(TimeSpan.FromSeconds(31));
            return (status, "");
        };
        await Should.ThrowAsync<LockLostException>(async () => await handler.HandleAsync(await _story.LeaseOneAsync(), default));

        await handler.HandleAsync(await _story.LeaseOneAsync(), default);

        _parts.Receiver.Requests.Count.ShouldBe(1);
        (_story.Look.Scheduled.Count, _story.Look.Dead.Count, _story.Look.Active.Count, _story.Look.Locked.Count).ShouldBe((scheduled, dead, 0, 0));
    }

    [Fact]
    public async Task Fault_09_another_process_knows_nothing_of_it_and_sends_again()
    {
        await _story.EnqueueAsync("evt_1");
        _parts.Receiver.Answer = _ =>
        {
            if (_parts.Receiver.Requests.Count == 1) _story.Advance(TimeSpan.FromSeconds(31));
            return (HttpStatusCode.OK, "");
        };
        await Should.ThrowAsync<LockLostException>(async () => await NewHandler().HandleAsync(await _story.LeaseOneAsync(), default));

        await NewHandler().HandleAsync(await _story.LeaseOneAsync(), default);

        _parts.Receiver.Requests.Count.ShouldBe(2);
        _story.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Fault_10_a_settlement_in_doubt_is_settled_once_whether_it_had_happened_or_not(bool happened)
    {
        await _story.EnqueueAsync("evt_1");
        _parts.Receiver.Answer = _ => (HttpStatusCode.ServiceUnavailable, "");
        var handler = NewHandler();
        var reason = Azure.Messaging.ServiceBus.ServiceBusFailureReason.ServiceTimeout;
        _story.Space.Faults.FailNext(BrokerOperation.Commit, happened ? Fault.After(reason) : Fault.Before(reason));

        (await Should.ThrowAsync<QueueUnavailableException>(async () => await handler.HandleAsync(await _story.LeaseOneAsync(), default))).Message.ShouldContain("may have been");

        _story.Advance(TimeSpan.FromSeconds(31));
        if (!happened) await handler.HandleAsync(await _story.LeaseOneAsync(), default);
        _parts.Receiver.Requests.Count.ShouldBe(1);
        var retry = (await _story.DrainAsync()).ShouldHaveSingleItem();
        (retry.Message.MessageId, retry.Progress.AttemptsMade).ShouldBe(("evt_1", 1));
    }

    [Fact]
    public Task Fault_11_while_the_broker_throttles_the_pump_slows_and_its_pulse_is_quick() => GoesOnAfterAsync(
        () => _story.Space.Faults.Hook = call => call.Operation is BrokerOperation.Receive or BrokerOperation.Peek or BrokerOperation.Send
            ? Fault.Before(Azure.Messaging.ServiceBus.ServiceBusFailureReason.ServiceBusy)
            : null,
        () => _story.Space.Faults.Clear());

    [Fact]
    public Task Fault_12_without_the_queue_the_pump_waits_and_is_not_ready_and_goes_on_when_it_is_there() => GoesOnAfterAsync(
        () => _story.Space.RemoveQueue(DoubleHarness.QueueName),
        () => _story.Space.AddQueue(DoubleHarness.QueueName, new QueueRules { LockDuration = _story.Settings.LockDuration, DuplicateWindow = TimeSpan.FromMinutes(10) }));

    [Fact]
    public Task Fault_12_without_the_right_to_receive_the_pump_waits_and_goes_on_when_it_has_it() => GoesOnAfterAsync(
        () => _story.Space.Faults.Hook = _ => Fault.Before(new UnauthorizedAccessException("Unauthorized access. 'Listen' claim(s) are required to perform this operation.")),
        () => _story.Space.Faults.Clear());

    [Fact]
    public async Task Fault_13_a_full_queue_is_an_error_for_its_producer_and_never_an_acceptance()
    {
        await _story.EnqueueAsync("first");
        _story.Space.Faults.FailAll(BrokerOperation.Send, Fault.Before(Azure.Messaging.ServiceBus.ServiceBusFailureReason.QuotaExceeded));

        var refusal = await Should.ThrowAsync<QueueUnavailableException>(() => _story.EnqueueAsync("a", "b"));

        refusal.Message.ShouldContain("full");
        _story.Mail.Count.ShouldBe(1);
        _story.Space.Faults.Clear();
        await _story.EnqueueAsync("a", "b");
        _story.Mail.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Fault_13_what_is_leased_when_the_queue_is_full_is_not_lost()
    {
        await _story.EnqueueAsync("a");
        var lease = await _story.LeaseOneAsync();
        _story.Space.Faults.FailAll(BrokerOperation.Send, Fault.Before(Azure.Messaging.ServiceBus.ServiceBusFailureReason.QuotaExceeded));

        await Should.ThrowAsync<QueueUnavailableException>(() => lease.RetryAsync(_story.Now.AddMinutes(1), _story.Attempt(), default));

        await lease.CompleteAsync(default);
        _story.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Fault_15_what_outlives_its_time_on_the_queue_is_dead_by_the_brokers_own_reason_and_replayed_without_an_end()
    {
        await _story.Queue.EnqueueAsync([Story.Message("a") with { ExpiresAt = _story.Now.AddMinutes(5) }], default);
        _story.Advance(TimeSpan.FromMinutes(6));
        (await _story.Queue.ReceiveAsync(1, TimeSpan.Zero, default)).ShouldBeEmpty();

        var letter = (await _story.Queue.DeadLetters.BrowseAsync(0, 1, default)).ShouldHaveSingleItem();
        (letter.Reason, letter.Message.MessageId, letter.Message.ExpiresAt).ShouldBe((DeadLetterReason.TtlExpired, "a", null));
        await _story.Queue.DeadLetters.ReplayAsync([letter.Sequence], ReplayChanges.None, default);
        _story.Advance(TimeSpan.FromDays(30));

        (await _story.LeaseOneAsync()).Message.MessageId.ShouldBe("a");
    }

    private async Task GoesOnAfterAsync(Action goWrong, Action mend)
    {
        _ = _story.Queue;
        await _story.Queue.PingAsync(default);
        goWrong();
        _story.Space.Calls.Clear();
        using var pump = NewPump();
        await pump.StartAsync(default);

        await Clock.RunAsync(TimeSpan.FromSeconds(60), TimeSpan.FromMilliseconds(100));

        var polls = _story.Space.Calls.Count(BrokerOperation.Receive);
        polls.ShouldBeInRange(8, 20, "It backs off, to 5 s between two tries, and goes on trying.");
        _pulse.Age.ShouldBeLessThan(TimeSpan.FromSeconds(10));
        await Should.ThrowAsync<QueueUnavailableException>(() => _story.Queue.PingAsync(default));
        mend();
        await _story.Queue.PingAsync(default);
        await _story.EnqueueAsync("evt_1");
        await Clock.RunUntilAsync(() => _parts.Receiver.Requests.Count == 1, TimeSpan.FromMilliseconds(100));
        await pump.StopAsync(default);
        _story.IsEmpty.ShouldBeTrue();
    }

    private DeliveryHandler NewHandler() => new(
        new EnvelopeReader(Given.Builder()), _parts.Gate, _parts.Lanes, _parts.Sender, new DeliveryPolicy(new Random(1), TimeSpan.FromHours(1)),
        new RecentOutcomes(), _parts.Journal, Clock, NullLogger<DeliveryHandler>.Instance);

    private DeliveryPump NewPump()
    {
        var options = new DeliveryOptions();
        return new DeliveryPump(
            _story.Queue, _parts.FanOut, NewHandler(), new LockRenewal(_story.Settings.LockDuration, Clock, NullLogger<LockRenewal>.Instance), _pulse,
            new ReplaySlots(options, Clock), options, new StartedHost(), Clock, NullLogger<DeliveryPump>.Instance);
    }
}
