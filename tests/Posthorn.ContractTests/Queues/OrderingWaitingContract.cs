using Posthorn.Queues;

namespace Posthorn.ContractTests.Queues;

/// <summary>Receives that wait while a key is not free: by the system's clock, with bounded waits.</summary>
public abstract class OrderingWaitingContract : QueueFacts
{
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(5);

    protected override QueueSettings Settings { get; } = new() { RealClock = true, LockDuration = TimeSpan.FromMinutes(1) };

    [Theory]
    [InlineData("complete", "a2")]
    [InlineData("dead-letter", "a2")]
    [InlineData("replace", "a2")]
    [InlineData("abandon", "a1")]
    [InlineData("retry", "a1")]
    [InlineData("postpone", "a1")]
    public async Task A_waiting_receive_wakes_when_the_head_is_settled(string how, string next)
    {
        await EnqueueKeyedAsync("a1", "a2");
        var head = await LeaseAsync("a1");
        var waiting = Queue.ReceiveAsync(1, Patience, default);
        await Queue.PingAsync(default);
        waiting.IsCompleted.ShouldBeFalse();

        await (how switch
        {
            "complete" => head.CompleteAsync(default),
            "dead-letter" => head.DeadLetterAsync(DeadLetterReason.PermanentFailure, "404", null, default),
            "replace" => head.ReplaceAsync([Keyed("a3")], default),
            "abandon" => head.AbandonAsync(default),
            "retry" => head.RetryAsync(Now.AddMilliseconds(100), Attempt(1), default),
            _ => head.PostponeAsync(Now.AddMilliseconds(100), default),
        });

        Ids(await waiting.WaitAsync(Prompt)).ShouldBe([next]);
    }

    [Fact]
    public async Task A_waiting_receive_wakes_when_what_was_scheduled_for_a_key_is_due()
    {
        await EnqueueAsync(Keyed("a1") with { DueAt = Now.AddMilliseconds(400) });

        Ids(await Queue.ReceiveAsync(1, Patience, default).WaitAsync(Prompt)).ShouldBe(["a1"]);
    }

    [Fact]
    public async Task A_receive_waits_no_longer_than_it_may_though_mail_waits_for_a_key()
    {
        await EnqueueKeyedAsync("a1", "a2");
        await LeaseAsync("a1");

        (await Queue.ReceiveAsync(1, TimeSpan.FromMilliseconds(300), default).WaitAsync(Patience)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_waiting_receive_of_another_instance_wakes_when_the_head_is_settled()
    {
        Assert.SkipUnless(Harness.OpensTwice && Harness.HoldsWhatItGaveUp, "A broker gives a session to one instance at a time.");
        var second = await Harness.OpenAsync(Settings);
        await EnqueueKeyedAsync("a1", "a2");
        var head = await LeaseAsync("a1");
        var waiting = second.Queue.ReceiveAsync(1, Patience, default);
        await head.CompleteAsync(default);

        Ids(await waiting.WaitAsync(Prompt)).ShouldBe(["a2"]);
    }

    [Fact]
    public async Task Eight_consumers_settle_every_message_of_twenty_keys_once_and_in_order()
    {
        var sent = Enumerable.Range(0, 300).Select(i => $"{(char)('a' + (i % 20))}{i:000}").ToList();
        foreach (var batch in sent.Chunk(50)) await EnqueueKeyedAsync(batch);
        var (done, underWay) = (new List<string>(), new HashSet<string>());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(45));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(ConsumeAsync)));

        foreach (var key in sent.GroupBy(id => id[0])) done.Where(id => id[0] == key.Key).ShouldBe(key);

        async Task ConsumeAsync()
        {
            while (Count() < sent.Count)
                foreach (var lease in await Queue.ReceiveAsync(4, TimeSpan.FromMilliseconds(100), patience.Token)) await SettleAsync(lease);
        }

        async Task SettleAsync(ILease lease)
        {
            var key = lease.Message.OrderingKey ?? "";
            lock (done) underWay.Add(key).ShouldBeTrue($"{key} is in flight once");
            await Task.Yield();
            var fails = lease.Progress.AttemptsMade == 0 && lease.Message.MessageId.EndsWith('7');
            lock (done)
            {
                underWay.Remove(key);
                if (!fails) done.Add(lease.Message.MessageId);
            }

            if (fails) await lease.RetryAsync(Now, Attempt(1), default);
            else await lease.CompleteAsync(default);
        }

        int Count()
        {
            lock (done) return done.Count;
        }
    }
}
