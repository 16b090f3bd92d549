using System.Collections.Concurrent;
using System.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>Receives that wait, and many at once: by the system's clock, with bounded waits.</summary>
public abstract class WaitingContract : QueueFacts
{
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(5);

    protected override QueueSettings Settings { get; } = new() { RealClock = true, LockDuration = TimeSpan.FromMinutes(1) };

    [Fact]
    public async Task A_receive_waits_no_longer_than_it_may()
    {
        var clock = Stopwatch.StartNew();

        (await Queue.ReceiveAsync(1, TimeSpan.FromMilliseconds(300), default).WaitAsync(Patience)).ShouldBeEmpty();

        clock.Elapsed.ShouldBeInRange(TimeSpan.FromMilliseconds(250), Prompt);
    }

    [Fact]
    public async Task A_waiting_receive_wakes_for_a_new_message()
    {
        var waiting = Queue.ReceiveAsync(1, Patience, default);
        waiting.IsCompleted.ShouldBeFalse();
        await EnqueueAsync("a");

        (await waiting.WaitAsync(Prompt)).ShouldHaveSingleItem().Message.MessageId.ShouldBe("a");
    }

    [Fact]
    public async Task Every_waiting_receive_gets_its_message()
    {
        var waiting = Enumerable.Range(0, 5).Select(_ => Queue.ReceiveAsync(1, Patience, default)).ToList();
        await EnqueueAsync("a", "b", "c", "d", "e");

        var leases = await Task.WhenAll(waiting).WaitAsync(Prompt);

        Ids(leases.SelectMany(batch => batch)).ShouldBe(["a", "b", "c", "d", "e"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_waiting_receive_wakes_when_a_scheduled_message_is_due()
    {
        var due = Now.AddMilliseconds(400);
        await EnqueueAsync(Message("a") with { DueAt = due });

        var lease = (await Queue.ReceiveAsync(1, Patience, default).WaitAsync(Prompt)).ShouldHaveSingleItem();

        lease.Message.MessageId.ShouldBe("a");
        Now.ShouldBeGreaterThanOrEqualTo(due.AddMilliseconds(-1)); // The store may round to its own grain.
    }

    [Theory]
    [InlineData("abandon")]
    [InlineData("retry")]
    [InlineData("postpone")]
    [InlineData("replay")]
    public async Task A_waiting_receive_wakes_for_what_comes_back(string how)
    {
        await EnqueueAsync("a");
        var lease = await LeaseOneAsync();
        if (how == "replay") await lease.DeadLetterAsync(DeadLetterReason.PermanentFailure, "404", null, default);
        var waiting = Queue.ReceiveAsync(1, Patience, default);

        await (how switch
        {
            "abandon" => lease.AbandonAsync(default),
            "retry" => lease.RetryAsync(Now, Attempt(1), default),
            "postpone" => lease.PostponeAsync(Now.AddMilliseconds(100), default),
            _ => DeadLetters.ReplayAsync([(await DeadLetters.SummariesAsync(long.MaxValue, 1, BrowseOrder.Descending, default))[0].Sequence], ReplayChanges.None, default),
        });

        (await waiting.WaitAsync(Prompt)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_receive_of_no_replayed_mail_waits_though_some_is_due_and_wakes_for_other_mail()
    {
        await BuryAsync("replayed");
        await ReplayAllAsync(ReplayChanges.None);
        var waiting = Queue.ReceiveAsync(10, maxReplayed: 0, Patience, default);
        await Queue.PingAsync(default);
        waiting.IsCompleted.ShouldBeFalse();
        await EnqueueAsync("fresh");

        Ids(await waiting.WaitAsync(Prompt)).ShouldBe(["fresh"]);
    }

    [Fact]
    public async Task A_receive_of_no_replayed_mail_waits_no_longer_than_it_may()
    {
        await BuryAsync("replayed");
        await ReplayAllAsync(ReplayChanges.None);
        var clock = Stopwatch.StartNew();

        (await Queue.ReceiveAsync(10, maxReplayed: 0, TimeSpan.FromMilliseconds(300), default).WaitAsync(Patience)).ShouldBeEmpty();

        clock.Elapsed.ShouldBeInRange(TimeSpan.FromMilliseconds(250), Prompt);
        Ids(await Queue.ReceiveAsync(10, Patience, default).WaitAsync(Prompt)).ShouldBe(["replayed"]);
    }

    [Fact]
    public async Task A_waiting_receive_can_be_cancelled_and_takes_nothing_with_it()
    {
        using var stopping = new CancellationTokenSource();
        var waiting = Queue.ReceiveAsync(1, Patience, stopping.Token);
        await stopping.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => waiting.WaitAsync(Prompt));

        await EnqueueAsync("a");
        (await Queue.ReceiveAsync(1, Patience, default).WaitAsync(Prompt)).ShouldHaveSingleItem().DeliveryCount.ShouldBe(1);
    }

    [Fact]
    public async Task Eight_producers_and_four_consumers_settle_every_message_exactly_once()
    {
        var settled = await RunAsync([Queue], producers: 8, each: 60, consumers: 4);

        settled.Count.ShouldBe(480);
        settled.ShouldAllBe(message => message.Value == 1);
        (await Queue.CountAsync(default)).ShouldBe(new QueueCounts(0, 0, 0, 0, null));
    }

    [Fact]
    public async Task Fault_22_two_instances_on_one_store_never_lease_a_message_twice()
    {
        Assert.SkipUnless(Harness.OpensTwice, "This store is opened once.");
        var second = (await Harness.OpenAsync(Settings)).Queue;

        var settled = await RunAsync([Queue, second], producers: 4, each: 60, consumers: 6);

        settled.Count.ShouldBe(240);
        settled.ShouldAllBe(message => message.Value == 1);
        (await second.CountAsync(default)).ShouldBe(new QueueCounts(0, 0, 0, 0, null));
    }

    [Fact]
    public async Task A_lease_of_one_instance_hides_the_message_from_the_other()
    {
        Assert.SkipUnless(Harness.OpensTwice, "This store is opened once.");
        var second = await Harness.OpenAsync(Settings);
        await EnqueueAsync("a");
        var lease = await LeaseOneAsync();

        (await LeaseAsync(second.Queue, 1)).ShouldBeEmpty();
        await lease.DeadLetterAsync(DeadLetterReason.PermanentFailure, "404", null, default);
        (await second.DeadLetters.CountAsync(default)).ShouldBe(1);
        (await second.Queue.EnqueueAsync([Message("a")], default)).Count.ShouldBe(1);
        (await LeaseAsync(second.Queue, 1)).ShouldBeEmpty();
    }

    /// <summary>Produces and consumes at once over the instances in turn; the answer is how often each message was leased and completed.</summary>
    private static async Task<ConcurrentDictionary<string, int>> RunAsync(IReadOnlyList<IDeliveryQueue> queues, int producers, int each, int consumers)
    {
        var settled = new ConcurrentDictionary<string, int>();
        var left = producers * each;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(45));
        await Task.WhenAll([
            .. Enumerable.Range(0, producers).Select(producer => Task.Run(() => ProduceAsync(queues[producer % queues.Count], producer))),
            .. Enumerable.Range(0, consumers).Select(consumer => Task.Run(() => ConsumeAsync(queues[consumer % queues.Count]))),
        ]);
        return settled;

        async Task ProduceAsync(IDeliveryQueue queue, int producer)
        {
            for (var i = 0; i < each; i++) await queue.EnqueueAsync([Message($"p{producer}-{i}")], patience.Token);
        }

        async Task ConsumeAsync(IDeliveryQueue queue)
        {
            while (Volatile.Read(ref left) > 0)
            {
                patience.Token.ThrowIfCancellationRequested();
                foreach (var lease in await queue.ReceiveAsync(16, TimeSpan.FromMilliseconds(200), patience.Token))
                {
                    settled.AddOrUpdate(lease.Message.MessageId, lease.DeliveryCount, (_, times) => times + 1);
                    await lease.CompleteAsync(patience.Token);
                    Interlocked.Decrement(ref left);
                }
            }
        }
    }
}
