using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Links;

public class ReceivingLinkTests
{
    private readonly TestContainer _container = new();

    private async Task<AmqpPeer> AttachedAsync(ReceiverSettleMode mode = ReceiverSettleMode.First)
    {
        var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.AttachSender("queue", mode: mode);
        (await peer.FrameAsync()).Attach.Target.ShouldNotBeNull().Address.ShouldBe("queue");
        return peer;
    }

    [Fact]
    public async Task An_attach_is_answered_by_a_receiver_that_gives_credit()
    {
        await using var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.AttachSender("queue", handle: 7);

        var attach = (await peer.FrameAsync()).Attach;
        attach.Role.ShouldBe(Role.Receiver);
        attach.Name.ShouldBe("sender-7");
        attach.MaxMessageSize.ShouldBe(1_088ul * 1_024);
        var flow = (await peer.FrameAsync()).Flow;
        flow.LinkCredit.ShouldBe(100u);
        flow.Handle.ShouldBe(attach.Handle);
    }

    [Fact]
    public async Task A_sender_that_leaves_its_initial_delivery_count_out_means_zero()
    {
        await using var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.Send(new Attach { Name = "sender", Handle = 0, Role = Role.Sender, Target = new() { Address = "queue" } }.Write);

        (await peer.NextAsync(Descriptor.Flow)).Flow.DeliveryCount.ShouldBe(0u);
    }

    [Fact]
    public async Task A_message_is_handed_over_and_its_outcome_told()
    {
        await using var peer = await AttachedAsync();
        peer.Transfer(0, Encoded.Message("hello"u8));

        var delivery = await _container.DeliveryAsync();
        delivery.Message.Data.ShouldHaveSingleItem().ToArray().ShouldBe("hello"u8.ToArray());
        delivery.Settle(DeliveryState.Accept);

        (await peer.NextAsync(Descriptor.Disposition)).Disposition.ShouldBe(new(Role.Receiver, 0, 0, Settled: true, DeliveryState.Accept));
    }

    [Fact]
    public async Task Outcomes_of_messages_in_a_row_are_told_together()
    {
        _container.OnDelivery = delivery => delivery.Settle(delivery.Message.Data[0].Length == 4 ? DeliveryState.Release : DeliveryState.Accept);
        await using var peer = await AttachedAsync();
        await peer.NextAsync(Descriptor.Flow);
        var message = Encoded.Message("abc"u8);
        var batch = new List<byte>();
        for (var id = 0u; id < 20; id++) batch.AddRange(Frame(id, id == 10 ? Encoded.Message("abcd"u8) : message));

        peer.Send(batch.ToArray());

        List<Disposition> dispositions = [];
        do dispositions.Add((await peer.NextAsync(Descriptor.Disposition)).Disposition);
        while (dispositions[^1].Last < 19);
        dispositions.Count.ShouldBeLessThan(10); // Three, unless a flush came between.
        dispositions.SelectMany(one => Enumerable.Range((int)one.First, (int)(one.Last - one.First) + 1)).ShouldBe(Enumerable.Range(0, 20));
        dispositions.Single(one => one.State is DeliveryState.Released).ShouldBe(new Disposition(Role.Receiver, 10, 10, Settled: true, DeliveryState.Release));
    }

    [Fact]
    public async Task A_message_of_many_frames_is_put_together()
    {
        await using var peer = await AttachedAsync();
        var message = Encoded.Message(Enumerable.Range(0, 1_000).Select(number => (byte)number).ToArray());
        peer.Transfer(0, message[..100], more: true);
        for (var at = 100; at < 1_000; at += 100) peer.Transfer(null, message[at..(at + 100)], more: true);
        peer.Transfer(null, message[1_000..]);

        (await _container.DeliveryAsync()).Message.Encoded.ToArray().ShouldBe(message);
    }

    [Fact]
    public async Task An_aborted_message_is_forgotten_and_the_next_one_is_not()
    {
        await using var peer = await AttachedAsync();
        peer.Transfer(0, new byte[100], more: true);
        peer.Transfer(null, [], aborted: true);
        peer.Transfer(1, Encoded.Message("next"u8));

        (await _container.DeliveryAsync()).Message.Data[0].ToArray().ShouldBe("next"u8.ToArray());
        _container.TryDelivery(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_settled_message_asks_for_no_outcome_but_gives_credit_back()
    {
        _container.Credit = 2;
        _container.OnDelivery = delivery => delivery.Settle(DeliveryState.Accept);
        await using var peer = await AttachedAsync();
        (await peer.FrameAsync()).Flow.LinkCredit.ShouldBe(2u);

        peer.Transfer(0, Encoded.Message("a"u8), settled: true);

        var flow = (await peer.FrameAsync()).Flow;
        (flow.DeliveryCount, flow.LinkCredit).ShouldBe((1u, 2u));
        (await _container.DeliveryAsync()).IsSettled.ShouldBeTrue();
    }

    [Fact]
    public async Task Credit_is_given_again_only_as_messages_are_settled()
    {
        _container.Credit = 4;
        await using var peer = await AttachedAsync();
        (await peer.FrameAsync()).Flow.LinkCredit.ShouldBe(4u);
        for (var id = 0u; id < 4; id++) peer.Transfer(id, Encoded.Message("a"u8));
        List<IncomingDelivery> deliveries = [];
        for (var id = 0; id < 4; id++) deliveries.Add(await _container.DeliveryAsync());

        deliveries[0].Settle(DeliveryState.Accept);
        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.Disposition);
        deliveries[1].Settle(DeliveryState.Accept);

        var flow = (await peer.NextAsync(Descriptor.Flow)).Flow;
        (flow.DeliveryCount, flow.LinkCredit).ShouldBe((4u, 2u));
    }

    [Fact]
    public async Task More_messages_than_credit_end_the_link()
    {
        _container.Credit = 1;
        await using var peer = await AttachedAsync();
        peer.Transfer(0, Encoded.Message("a"u8));
        peer.Transfer(1, Encoded.Message("b"u8));

        (await peer.NextAsync(Descriptor.Detach)).Detach.Error.ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.TransferLimitExceeded));
        (await _container.LinkClosedAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_message_too_large_is_rejected_when_it_has_all_come_and_the_next_one_is_taken()
    {
        _container.MaxMessageSize = 1_000;
        await using var peer = await AttachedAsync();
        peer.Transfer(0, new byte[600], more: true);
        peer.Transfer(null, new byte[600], more: true);
        peer.Transfer(null, new byte[10]);
        peer.Transfer(1, Encoded.Message("a"u8));

        (await peer.NextAsync(Descriptor.Disposition)).Disposition.State.ShouldBeOfType<DeliveryState.Rejected>().Error.ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.MessageSizeExceeded));
        (await _container.DeliveryAsync()).Message.Data[0].ToArray().ShouldBe("a"u8.ToArray());
    }

    [Fact]
    public async Task A_message_too_large_that_was_sent_settled_ends_the_link()
    {
        _container.MaxMessageSize = 1_000;
        await using var peer = await AttachedAsync();
        peer.Transfer(0, new byte[600], more: true, settled: true);
        peer.Transfer(null, new byte[600], settled: true);

        var detach = (await peer.NextAsync(Descriptor.Detach)).Detach;
        detach.Closed.ShouldBeTrue();
        detach.Error.ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.MessageSizeExceeded));
    }

    [Fact]
    public async Task Bytes_that_are_no_message_are_rejected()
    {
        await using var peer = await AttachedAsync();
        peer.Transfer(0, [0x41]);

        (await peer.NextAsync(Descriptor.Disposition)).Disposition.State.ShouldBeOfType<DeliveryState.Rejected>().Error.ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.DecodeError));
    }

    [Fact]
    public async Task A_sender_that_is_to_settle_first_keeps_its_credit_until_it_does()
    {
        _container.Credit = 1;
        await using var peer = await AttachedAsync(ReceiverSettleMode.Second);
        await peer.NextAsync(Descriptor.Flow);
        peer.Transfer(0, Encoded.Message("a"u8));
        (await _container.DeliveryAsync()).Settle(DeliveryState.Accept);
        (await peer.FrameAsync()).Disposition.Settled.ShouldBeFalse();

        peer.Send(new Disposition(Role.Sender, 0, 0, Settled: true, null).Write);

        (await peer.FrameAsync()).Flow.LinkCredit.ShouldBe(1u);
    }

    [Fact]
    public async Task A_transaction_is_seen_with_the_message()
    {
        await using var peer = await AttachedAsync();
        peer.Transfer(0, Encoded.Message("a"u8), state: new DeliveryState.Transactional(new(new byte[] { 9 }), null));

        var delivery = await _container.DeliveryAsync();
        var state = delivery.State.ShouldBeOfType<DeliveryState.Transactional>();
        state.Transaction.ShouldBe(new(new byte[] { 9 }));
        delivery.Settle(state with { Provisional = DeliveryState.Accept });
        (await peer.NextAsync(Descriptor.Disposition)).Disposition.State.ShouldBe(new DeliveryState.Transactional(new(new byte[] { 9 }), DeliveryState.Accept));
    }

    [Fact]
    public async Task A_refused_link_is_attached_without_a_target_and_detached_with_the_reason()
    {
        _container.OnAttach = (_, _) => new(new AttachReply.Refuse(new(ErrorCondition.NotFound, "No such queue.")));
        await using var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.AttachSender("nowhere");

        var attach = (await peer.FrameAsync()).Attach;
        attach.Target.ShouldBeNull();
        var detach = (await peer.FrameAsync()).Detach;
        (detach.Closed, detach.Error?.Condition).ShouldBe((true, new Symbol(ErrorCondition.NotFound)));
        peer.Send(new Detach(0, Closed: true, null).Write);
        peer.AttachReceiver("queue"); // The handle is free again.
        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.Attach);
    }

    [Fact]
    public async Task A_slow_decision_on_one_link_holds_up_no_other()
    {
        var decision = new TaskCompletionSource<AttachReply>();
        _container.OnAttach = (request, _) => request.Target?.Address == "slow" ? new(decision.Task) : new(new AttachReply.Receive(_container));
        await using var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.AttachSender("slow", handle: 0);
        peer.AttachSender("fast", handle: 1);
        (await peer.FrameAsync()).Attach.Name.ShouldBe("sender-1");

        decision.SetResult(new AttachReply.Receive(_container));

        (await peer.NextAsync(Descriptor.Attach)).Attach.Name.ShouldBe("sender-0");
    }

    [Fact]
    public async Task A_decision_is_given_up_when_the_peer_detaches()
    {
        var asked = new TaskCompletionSource();
        var given = new TaskCompletionSource();
        _container.OnAttach = async (_, cancellationToken) =>
        {
            asked.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                given.SetResult();
            }

            throw new InvalidOperationException("Not reached.");
        };
        await using var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.AttachSender("slow");
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20));
        peer.Send(new Detach(0, Closed: true, null).Write);

        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.Attach);
        (await peer.FrameAsync()).Detach.Closed.ShouldBeTrue();
        await given.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_handler_that_throws_ends_its_link_and_no_other()
    {
        _container.OnDelivery = _ => throw new InvalidOperationException("broken");
        await using var peer = await AttachedAsync();
        peer.AttachSender("other", handle: 1);
        peer.Transfer(0, Encoded.Message("a"u8));

        (await peer.NextAsync(Descriptor.Detach)).Detach.Error.ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.InternalError));
        _container.OnDelivery = null;
        peer.Transfer(1, Encoded.Message("b"u8), handle: 1);
        await _container.DeliveryAsync();
        _container.Faults.ShouldHaveSingleItem().Message.ShouldBe("broken");
    }

    [Fact]
    public async Task The_same_link_attached_anew_takes_the_place_of_the_old_one()
    {
        await using var peer = await AttachedAsync();
        peer.Send(new Attach { Name = "sender-0", Handle = 5, Role = Role.Sender, Target = new() { Address = "queue" }, InitialDeliveryCount = 0 }.Write);

        (await peer.NextAsync(Descriptor.Detach)).Detach.Error.ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.Stolen));
        (await peer.NextAsync(Descriptor.Attach)).Attach.Name.ShouldBe("sender-0");
    }

    private static byte[] Frame(uint id, byte[] payload)
    {
        var body = Encoded.Of(writer => new Transfer { DeliveryId = id, HasTag = true, DeliveryTag = BitConverter.GetBytes(id) }.Write(writer));
        var size = 8 + body.Length + payload.Length;
        return [0, 0, (byte)(size >> 8), (byte)size, 2, 0, 0, 0, .. body, .. payload];
    }
}
