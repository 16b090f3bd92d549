using Lite = Amqp;

namespace Posthorn.Tests.Worker.Amqp;

public class ManagementTests
{
    [Fact]
    public async Task Peeking_shows_messages_from_a_number_on_and_says_when_there_is_none()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync();
        var sender = new Lite.SenderLink(session, "sender", DoorHarness.Queue);
        for (var i = 0; i < 3; i++) await sender.SendAsync(new Lite.Message("x") { Properties = new() { MessageId = $"m{i}" } });

        var some = await DoorHarness.ManageAsync(session, "peek-message", new() { ["from-sequence-number"] = 2L, ["message-count"] = 10 });
        var none = await DoorHarness.ManageAsync(session, "peek-message", new() { ["from-sequence-number"] = 4L, ["message-count"] = 10 });

        StatusOf(some).ShouldBe(200);
        ((Lite.Types.List)((Lite.Types.Map)some.Body)["messages"]).Cast<Lite.Types.Map>()
            .Select(one => Lite.Message.Decode(new Lite.ByteBuffer((byte[])one["message"], 0, ((byte[])one["message"]).Length, ((byte[])one["message"]).Length)).Properties.MessageId).ShouldBe(["m1", "m2"]);
        StatusOf(none).ShouldBe(204);
    }

    [Fact]
    public async Task What_is_scheduled_can_be_cancelled_once()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync();
        var message = new Lite.Message("later") { MessageAnnotations = new() { [new Lite.Types.Symbol("x-opt-scheduled-enqueue-time")] = DateTime.UtcNow.AddHours(1) } };
        var encoded = message.Encode();
        var bytes = encoded.Buffer.AsSpan(encoded.Offset, encoded.Length).ToArray();

        var scheduled = await DoorHarness.ManageAsync(session, "schedule-message", new() { ["messages"] = new Lite.Types.List { new Lite.Types.Map { ["message-id"] = "l", ["message"] = bytes } } });
        var numbers = (long[])((Lite.Types.Map)scheduled.Body)["sequence-numbers"];
        var cancelled = await DoorHarness.ManageAsync(session, "cancel-scheduled-message", new() { ["sequence-numbers"] = numbers });
        var again = await DoorHarness.ManageAsync(session, "cancel-scheduled-message", new() { ["sequence-numbers"] = numbers });

        numbers.ShouldBe([1L]);
        (StatusOf(scheduled), StatusOf(cancelled), StatusOf(again)).ShouldBe((200, 200, 404));
        again.ApplicationProperties["errorCondition"].ToString().ShouldBe("com.microsoft:message-not-found");
    }

    [Fact]
    public async Task A_lock_is_renewed_and_settled_by_its_token()
    {
        await using var door = await DoorHarness.StartAsync();
        var session = await door.ConnectAsync();
        await new Lite.SenderLink(session, "sender", DoorHarness.Queue).SendAsync(new Lite.Message("x"));
        var received = await new Lite.ReceiverLink(session, "receiver", DoorHarness.Queue).ReceiveAsync(DoorHarness.Patience);
        var token = new Guid(received.DeliveryTag);
        var until = (DateTime)received.MessageAnnotations[new Lite.Types.Symbol("x-opt-locked-until")];

        var renewed = await DoorHarness.ManageAsync(session, "renew-lock", new() { ["lock-tokens"] = new[] { token } });
        var completed = await DoorHarness.ManageAsync(session, "update-disposition", new() { ["lock-tokens"] = new[] { token }, ["disposition-status"] = "completed" });
        var lost = await DoorHarness.ManageAsync(session, "renew-lock", new() { ["lock-tokens"] = new[] { token } });

        (StatusOf(renewed), StatusOf(completed), StatusOf(lost)).ShouldBe((200, 200, 410));
        ((DateTime[])((Lite.Types.Map)renewed.Body)["expirations"])[0].ShouldBeGreaterThanOrEqualTo(until);
        lost.ApplicationProperties["errorCondition"].ToString().ShouldBe("com.microsoft:message-lock-lost");
    }

    [Theory]
    [InlineData("get-rules", 501)]
    [InlineData("peek-message", 400)]
    [InlineData("renew-lock", 400)]
    [InlineData("update-disposition", 400)]
    [InlineData("schedule-message", 400)]
    public async Task What_cannot_be_done_is_answered(string operation, int status)
    {
        await using var door = await DoorHarness.StartAsync();

        StatusOf(await DoorHarness.ManageAsync(await door.ConnectAsync(), operation, [])).ShouldBe(status);
    }

    private static int StatusOf(Lite.Message reply) => (int)reply.ApplicationProperties["statusCode"];
}
