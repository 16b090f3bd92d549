using System.Diagnostics;
using Azure.Messaging.ServiceBus;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class WaitingTests : DoubleFacts
{
    [Fact]
    public async Task A_receive_ends_after_its_time_though_the_clock_stands_still()
    {
        var clock = Stopwatch.StartNew();

        (await Receiver.ReceiveMessagesAsync(10, TimeSpan.FromMilliseconds(50))).ShouldBeEmpty();

        clock.Elapsed.ShouldBeInRange(TimeSpan.FromMilliseconds(40), Patience);
    }

    [Fact]
    public async Task A_receive_that_names_no_time_waits_as_long_as_one_try()
    {
        var receiver = NewClient(tryTimeout: Brief).CreateReceiver(Q);

        (await receiver.ReceiveMessageAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Every_waiting_receive_gets_its_message()
    {
        var waiting = Enumerable.Range(0, 5).Select(_ => ReceiveAsync(Client.CreateReceiver(Q))).ToList();
        await SendAsync("a", "b", "c", "d", "e");

        Ids(await Task.WhenAll(waiting)).ShouldBe(["a", "b", "c", "d", "e"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_waiting_receive_wakes_when_a_lock_ends()
    {
        await SendAsync("a");
        await ReceiveAsync();
        var waiting = ReceiveAsync(Client.CreateReceiver(Q));
        LocksRunOut();

        (await waiting).DeliveryCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_waiting_receive_wakes_when_a_message_is_abandoned()
    {
        await SendAsync("a");
        var held = await ReceiveAsync();
        var waiting = ReceiveAsync(Client.CreateReceiver(Q));
        await Receiver.AbandonMessageAsync(held);

        (await waiting).DeliveryCount.ShouldBe(2);
    }

    [Fact]
    public async Task A_waiting_receive_can_be_cancelled_and_takes_nothing_with_it()
    {
        using var stopping = new CancellationTokenSource();
        var waiting = Receiver.ReceiveMessageAsync(Patience, stopping.Token);
        await stopping.CancelAsync();

        await Should.ThrowAsync<TaskCanceledException>(() => waiting);
        await SendAsync("a");
        (await ReceiveAsync()).DeliveryCount.ShouldBe(1);
    }

    [Fact]
    public async Task A_waiting_receive_ends_with_the_queue()
    {
        var waiting = Receiver.ReceiveMessageAsync(Patience);
        Space.RemoveQueue(Q);

        (await ReasonOfAsync(() => waiting)).ShouldBe(ServiceBusFailureReason.MessagingEntityNotFound);
    }

    [Fact]
    public async Task A_receive_gives_what_there_is_or_what_a_stingy_broker_gives()
    {
        await SendAsync("a", "b", "c");
        Space.MostPerReceive = 1;
        (await Receiver.ReceiveMessagesAsync(10, Patience)).Count.ShouldBe(1);
        Space.MostPerReceive = null;

        (await Receiver.ReceiveMessagesAsync(10, Patience)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_clock_that_goes_on_by_itself_is_as_good()
    {
        using var space = Posthorn.ServiceBusDouble.InMemoryNamespace.Start($"{Guid.NewGuid():N}.servicebus.test", TimeProvider.System);
        space.AddQueue(Q);
        await using var client = new ServiceBusClient(space.ConnectionString);
        await client.CreateSender(Q).ScheduleMessageAsync(Message("a"), DateTimeOffset.UtcNow.AddMilliseconds(50));

        (await ReceiveAsync(client.CreateReceiver(Q))).MessageId.ShouldBe("a");
    }

    [Fact]
    public async Task Many_at_once_lose_and_double_nothing()
    {
        const int Each = 100;
        var left = 4 * Each;
        var seen = new List<string?>();
        var producers = Enumerable.Range(0, 4).Select(producer => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++) await Sender.SendMessageAsync(Message($"{producer}-{i}"));
        }));
        var consumers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var receiver = Client.CreateReceiver(Q);
            while (Volatile.Read(ref left) > 0)
            {
                var batch = await receiver.ReceiveMessagesAsync(7, Brief);
                lock (seen) seen.AddRange(Ids(batch));
                Interlocked.Add(ref left, -batch.Count);
                foreach (var message in batch) await receiver.CompleteMessageAsync(message);
            }
        }));
        await Task.WhenAll([.. producers, .. consumers]).WaitAsync(Patience);

        seen.Count.ShouldBe(4 * Each);
        seen.Distinct().Count().ShouldBe(4 * Each);
        Contents.ShouldBeEmpty();
    }
}
