using Posthorn.Queues;
using Posthorn.Sqlite.Broker;
using Posthorn.Tests.Amqp.Support;
using Lite = Amqp;

namespace Posthorn.Tests.Worker.Amqp;

public class SessionTests
{
    private static readonly Lite.Types.Symbol Filter = "com.microsoft:session-filter";
    private static readonly Lite.Types.Symbol Timeout = "com.microsoft:timeout";

    [Fact]
    public async Task The_next_session_is_given_out_with_its_id_and_the_end_of_its_lock()
    {
        await using var door = await DoorHarness.StartAsync();
        await SendAsync(door, "a1", "b1", "a2");

        var (receiver, attach) = await AcceptAsync(await door.ConnectAsync(), null);

        SessionOf(attach).ShouldBe("a");
        var end = new DateTime((long)attach.Properties[new Lite.Types.Symbol("com.microsoft:locked-until-utc")], DateTimeKind.Utc);
        (end - DateTime.UtcNow).ShouldBeInRange(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));
        foreach (var id in new[] { "a1", "a2" })
        {
            var message = await receiver.ReceiveAsync(DoorHarness.Patience);
            (message.Properties.MessageId, message.Properties.GroupId).ShouldBe((id, "a"));
            receiver.Accept(message);
        }

        await Patiently.UntilAsync(() => Peeked(door) == "b1");
    }

    [Fact]
    public async Task A_session_that_is_held_is_refused_and_free_again_when_its_link_is_gone()
    {
        await using var door = await DoorHarness.StartAsync();
        await SendAsync(door, "a1");
        var (first, _) = await AcceptAsync(await door.ConnectAsync(), "a");
        await first.ReceiveAsync(DoorHarness.Patience);

        (await RefusalAsync(await door.ConnectAsync(), "a")).ShouldBe("com.microsoft:session-cannot-be-locked");
        (await RefusalAsync(await door.ConnectAsync(), null)).ShouldBe("com.microsoft:timeout");
        await first.CloseAsync();

        var (second, _) = await AcceptAsync(await door.ConnectAsync(), null);
        (await second.ReceiveAsync(DoorHarness.Patience)).Header.DeliveryCount.ShouldBe(0u);
    }

    [Fact]
    public async Task Who_waits_for_a_session_gets_the_one_that_comes()
    {
        await using var door = await DoorHarness.StartAsync();
        var accepting = AcceptAsync(await door.ConnectAsync(), null, wait: 20_000);

        await SendAsync(door, "a1");

        SessionOf((await accepting).Attach).ShouldBe("a");
    }

    [Fact]
    public async Task A_session_that_was_locked_for_somebody_who_has_left_is_free()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync();
        _ = new Lite.ReceiverLink(session, "left", Attach(null, 20_000), (_, _) => { });
        await session.Connection.CloseAsync();
        await SendAsync(door, "a1");

        SessionOf((await AcceptAsync(await door.ConnectAsync(), null)).Attach).ShouldBe("a");
    }

    [Fact]
    public async Task Its_state_is_kept_and_its_lock_renewed_by_who_holds_it_and_by_nobody_else()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync();
        await AcceptAsync(session, "s");

        var map = new Lite.Types.Map { ["session-id"] = "s", ["session-state"] = new byte[] { 1, 2 } };
        StatusOf(await DoorHarness.ManageAsync(session, "set-session-state", map)).ShouldBe(200);
        var state = await DoorHarness.ManageAsync(session, "get-session-state", new Lite.Types.Map { ["session-id"] = "s" });
        ((byte[])((Lite.Types.Map)state.Body)["session-state"]).ShouldBe([1, 2]);
        var renewed = await DoorHarness.ManageAsync(session, "renew-session-lock", new Lite.Types.Map { ["session-id"] = "s" });
        ((DateTime)((Lite.Types.Map)renewed.Body)["expiration"]).ShouldBeGreaterThan(DateTime.UtcNow);

        var other = await door.ConnectAsync();
        foreach (var operation in new[] { "set-session-state", "get-session-state", "renew-session-lock" })
        {
            var refused = await DoorHarness.ManageAsync(other, operation, map);
            (StatusOf(refused), refused.ApplicationProperties["errorCondition"]).ShouldBe((410, new Lite.Types.Symbol("com.microsoft:session-lock-lost")));
        }
    }

    [Fact]
    public async Task Sessions_with_messages_are_listed()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync();
        var wanted = new Lite.Types.Map { ["skip"] = 0, ["top"] = 10, ["last-updated-time"] = DateTime.UtcNow };
        StatusOf(await DoorHarness.ManageAsync(session, "get-message-sessions", wanted)).ShouldBe(204);
        await SendAsync(door, "b1", "a1", "b2");

        var listed = (Lite.Types.Map)(await DoorHarness.ManageAsync(session, "get-message-sessions", wanted)).Body;

        ((string[])listed["sessions-ids"]).ShouldBe(["a", "b"]);
        listed["skip"].ShouldBe(2);
    }

    [Fact]
    public async Task What_was_set_aside_in_a_session_is_received_by_its_number_by_who_holds_it()
    {
        await using var door = await DoorHarness.StartAsync();
        await SendAsync(door, "a1", "a2");
        var session = await door.ConnectAsync();
        var (receiver, _) = await AcceptAsync(session, "a");
        var first = await receiver.ReceiveAsync(DoorHarness.Patience);
        receiver.Modify(first, deliveryFailed: true, undeliverableHere: true);
        await Patiently.UntilAsync(() => door.Broker.PeekAsync(BrokerEntity.Queue, 0, 1).Result[0].State == BrokerMessageState.Deferred);
        var wanted = new Lite.Types.Map { ["session-id"] = "a", ["sequence-numbers"] = new[] { (long)first.MessageAnnotations[new Lite.Types.Symbol("x-opt-sequence-number")] }, ["receiver-settle-mode"] = 1u };

        StatusOf(await DoorHarness.ManageAsync(await door.ConnectAsync(), "receive-by-sequence-number", wanted)).ShouldBe(410);
        var received = await DoorHarness.ManageAsync(session, "receive-by-sequence-number", wanted);

        StatusOf(received).ShouldBe(200);
        var token = ((Lite.Types.Map)((Lite.Types.List)((Lite.Types.Map)received.Body)["messages"])[0])["lock-token"];
        var done = new Lite.Types.Map { ["disposition-status"] = "completed", ["lock-tokens"] = new[] { (Guid)token }, ["session-id"] = "a" };
        StatusOf(await DoorHarness.ManageAsync(session, "update-disposition", done)).ShouldBe(200);
        Peeked(door).ShouldBe("a2");
    }

    [Fact]
    public async Task Dead_letters_have_no_sessions()
    {
        await using var door = await DoorHarness.StartAsync();

        (await RefusalAsync(await door.ConnectAsync(), "a", DoorHarness.DeadLetters)).ShouldBe("amqp:not-allowed");
    }

    [Fact]
    public async Task Who_has_no_claim_gets_no_session()
    {
        await using var door = await DoorHarness.StartAsync();
        await SendAsync(door, "a1");

        (await RefusalAsync(await door.ConnectAsync(password: null), null)).ShouldBe("amqp:unauthorized-access");

        SessionOf((await AcceptAsync(await door.ConnectAsync(), null)).Attach).ShouldBe("a");
    }

    private static async Task<(Lite.ReceiverLink Receiver, Lite.Framing.Attach Attach)> AcceptAsync(Lite.Session session, string? id, uint wait = 500)
    {
        var attached = new TaskCompletionSource<Lite.Framing.Attach>(TaskCreationOptions.RunContinuationsAsynchronously);
        var receiver = new Lite.ReceiverLink(session, $"receiver-{Guid.NewGuid():N}", Attach(id, wait), (_, attach) => attached.TrySetResult(attach));
        return (receiver, await attached.Task.WaitAsync(DoorHarness.Patience));
    }

    /// <summary>The condition that a link for the session is refused with.</summary>
    private static async Task<string> RefusalAsync(Lite.Session session, string? id, string queue = DoorHarness.Queue)
    {
        var closed = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var receiver = new Lite.ReceiverLink(session, $"receiver-{Guid.NewGuid():N}", Attach(id, 500, queue), (_, _) => { });
        receiver.AddClosedCallback((_, error) => closed.TrySetResult(error.Condition));
        if (receiver.IsClosed) closed.TrySetResult(receiver.Error.Condition);
        return await closed.Task.WaitAsync(DoorHarness.Patience);
    }

    private static Lite.Framing.Attach Attach(string? id, uint wait, string queue = DoorHarness.Queue) => new()
    {
        Source = new Lite.Framing.Source { Address = queue, FilterSet = new Lite.Types.Map { [Filter] = id } },
        Target = new Lite.Framing.Target(),
        Properties = new Lite.Types.Fields { [Timeout] = wait },
    };

    private static string? SessionOf(Lite.Framing.Attach attach) => ((Lite.Framing.Source)attach.Source).FilterSet[Filter] as string;

    private static int StatusOf(Lite.Message reply) => (int)reply.ApplicationProperties["statusCode"];

    private static string Peeked(DoorHarness door) => string.Join(", ", door.Broker.PeekAsync(BrokerEntity.Queue, 0, 10).Result.Select(message => message.Message.MessageId));

    /// <summary>Puts messages on the queue, each in the session that its id begins with.</summary>
    private static Task SendAsync(DoorHarness door, params string[] ids) =>
        door.Store.EnqueueAsync([.. ids.Select(id => new QueueMessage { MessageId = id, Body = "{}"u8.ToArray(), OrderingKey = id[..1] })], CancellationToken.None);
}
