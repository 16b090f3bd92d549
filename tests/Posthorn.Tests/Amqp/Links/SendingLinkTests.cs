using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Links;

public class SendingLinkTests
{
    private static readonly byte[] Tag = [1];
    private readonly TestContainer _container = new();

    private async Task<(AmqpPeer Peer, SendingLink Link)> ReadyAsync(uint credit = 10, AmqpOptions? options = null, uint window = 1_000, SenderSettleMode mode = SenderSettleMode.Mixed)
    {
        var peer = new AmqpPeer(_container, options);
        await peer.BeginAsync(window);
        peer.AttachReceiver("queue", mode: mode);
        var attach = (await peer.FrameAsync()).Attach;
        (attach.Role, attach.InitialDeliveryCount).ShouldBe((Role.Sender, (uint?)0));
        peer.Credit(credit, window: window);
        return (peer, await _container.ReadyAsync());
    }

    [Fact]
    public async Task A_message_is_sent_within_the_credit_and_no_further()
    {
        var (peer, link) = await ReadyAsync(credit: 1);
        await using var _ = peer;

        link.TrySend("m"u8, Tag, settled: false, out var delivery).ShouldBe(SendResult.Sent);
        link.TrySend("m"u8, Tag, settled: false, out var none).ShouldBe(SendResult.NoCredit);

        delivery.ShouldNotBeNull();
        none.ShouldBeNull();
        var transfer = (await peer.FrameAsync()).Transfer;
        (transfer.DeliveryId, transfer.Settled, transfer.More).ShouldBe(((uint?)0, false, false));
        transfer.Tag.ShouldBe(Tag);
        transfer.Payload.ShouldBe("m"u8.ToArray());
    }

    [Fact]
    public async Task Credit_counts_from_what_the_peer_had_seen()
    {
        var (peer, link) = await ReadyAsync(credit: 5);
        await using var _ = peer;
        link.TrySend("m"u8, Tag, settled: true, out var _);
        link.TrySend("m"u8, Tag, settled: true, out var _);

        peer.Credit(5, deliveryCount: 1);
        await _container.ReadyAsync();

        link.Credit.ShouldBe(4u);
    }

    [Theory]
    [InlineData(uint.MaxValue, 0u, uint.MaxValue)]
    [InlineData(5u, 7u, 0u)] // It says it has seen more than was sent.
    [InlineData(0u, 0u, 0u)]
    public async Task Credit_that_makes_no_sense_is_taken_as_none(uint credit, uint deliveryCount, uint expected)
    {
        var (peer, link) = await ReadyAsync(credit: 1);
        await using var _ = peer;
        peer.Credit(credit, deliveryCount: deliveryCount);
        await _container.ReadyAsync();

        link.Credit.ShouldBe(expected);
    }

    [Fact]
    public async Task A_drain_uses_the_credit_up()
    {
        var (peer, link) = await ReadyAsync(credit: 10);
        await using var _ = peer;
        peer.Credit(10, drain: true);
        await _container.ReadyAsync();
        link.IsDraining.ShouldBeTrue();
        link.TrySend("m"u8, Tag, settled: true, out var _);

        link.Drained();

        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.Transfer);
        var flow = (await peer.FrameAsync()).Flow;
        (flow.DeliveryCount, flow.LinkCredit, flow.Drain).ShouldBe(((uint?)10, (uint?)0, true));
        link.TrySend("m"u8, Tag, settled: true, out var _).ShouldBe(SendResult.NoCredit);
    }

    [Fact]
    public async Task An_echo_is_answered_with_the_links_state()
    {
        var (peer, _) = await ReadyAsync(credit: 10);
        await using var __ = peer;
        peer.Credit(7, echo: true);

        (await peer.FrameAsync()).Flow.LinkCredit.ShouldBe(7u);
    }

    [Fact]
    public async Task A_message_larger_than_a_frame_goes_in_several()
    {
        var (peer, link) = await ReadyAsync();
        await using var _ = peer;
        var message = Enumerable.Range(0, 200_000).Select(number => (byte)number).ToArray();
        link.TrySend(message, Tag, settled: true, out var _);

        List<SentTransfer> transfers = [];
        do transfers.Add((await peer.FrameAsync()).Transfer);
        while (transfers[^1].More);

        transfers.Count.ShouldBe(4);
        transfers.SelectMany(transfer => transfer.Payload).ShouldBe(message);
        transfers.Skip(1).ShouldAllBe(transfer => transfer.DeliveryId == null);
    }

    [Fact]
    public async Task What_the_sessions_window_does_not_let_through_waits_for_it()
    {
        var (peer, link) = await ReadyAsync(window: 2);
        await using var _ = peer;
        link.TrySend(new byte[200_000], Tag, settled: true, out var _).ShouldBe(SendResult.Sent);
        link.TrySend("m"u8, Tag, settled: true, out var _).ShouldBe(SendResult.Busy);
        (await peer.FrameAsync()).Transfer.More.ShouldBeTrue();
        (await peer.FrameAsync()).Transfer.More.ShouldBeTrue();

        peer.Credit(10, nextIncomingId: 2, window: 10);

        (await peer.FrameAsync()).Transfer.More.ShouldBeTrue();
        (await peer.FrameAsync()).Transfer.More.ShouldBeFalse();
        await _container.ReadyAsync();
        link.TrySend("m"u8, Tag, settled: true, out var _).ShouldBe(SendResult.Sent);
    }

    [Fact]
    public async Task A_window_narrower_than_what_is_on_the_way_is_closed()
    {
        var (peer, link) = await ReadyAsync();
        await using var _ = peer;
        for (var number = 0; number < 5; number++) link.TrySend("m"u8, Tag, settled: true, out var _).ShouldBe(SendResult.Sent);

        peer.Credit(10, nextIncomingId: 0, window: 3);
        await _container.ReadyAsync();

        link.TrySend("m"u8, Tag, settled: true, out var _).ShouldBe(SendResult.Busy);
    }

    [Fact]
    public async Task A_disposition_is_told_for_every_delivery_of_its_range()
    {
        var (peer, link) = await ReadyAsync();
        await using var _ = peer;
        for (var number = 0; number < 3; number++) link.TrySend("m"u8, Tag, settled: false, out var _, context: number);

        peer.Send(new Disposition(Role.Receiver, 0, int.MaxValue, Settled: true, DeliveryState.Accept).Write);

        for (var number = 0; number < 3; number++)
        {
            var (delivery, state, settled) = await _container.DispositionAsync();
            (delivery.Context, state, settled).ShouldBe((number, DeliveryState.Accept, true));
        }
    }

    [Fact]
    public async Task A_disposition_that_is_not_settled_is_answered_by_the_host()
    {
        var (peer, link) = await ReadyAsync();
        await using var _ = peer;
        link.TrySend("m"u8, Tag, settled: false, out var _);
        await peer.FrameAsync();
        peer.Send(new Disposition(Role.Receiver, 0, 0, Settled: false, new DeliveryState.Modified(true, false, null)).Write);
        var (delivery, state, settled) = await _container.DispositionAsync();
        (state, settled).ShouldBe((new DeliveryState.Modified(true, false, null), false));

        delivery.Settle(state);

        (await peer.FrameAsync()).Disposition.ShouldBe(new(Role.Sender, 0, 0, Settled: true, state));
    }

    [Fact]
    public async Task A_peer_that_never_settles_is_sent_no_more_than_the_limit()
    {
        var (peer, link) = await ReadyAsync(credit: 1_000, options: new() { Limits = new() { MaxUnsettled = 3 } });
        await using var _ = peer;
        for (var number = 0; number < 3; number++) link.TrySend("m"u8, Tag, settled: false, out var _).ShouldBe(SendResult.Sent);
        link.TrySend("m"u8, Tag, settled: false, out var _).ShouldBe(SendResult.Busy);

        peer.Send(new Disposition(Role.Receiver, 0, 0, Settled: true, DeliveryState.Accept).Write);
        var result = SendResult.Busy;
        while (result == SendResult.Busy)
        {
            await _container.ReadyAsync(); // One may still be on its way from when the sends were written.
            result = link.TrySend("m"u8, Tag, settled: false, out var _);
        }

        result.ShouldBe(SendResult.Sent);
    }

    [Fact]
    public async Task What_was_agreed_on_settling_comes_first()
    {
        var (peer, link) = await ReadyAsync(mode: SenderSettleMode.Settled);
        await using var _ = peer;
        link.TrySend("m"u8, Tag, settled: false, out var delivery);

        delivery.ShouldNotBeNull().IsSettled.ShouldBeTrue();
        (await peer.FrameAsync()).Transfer.Settled.ShouldBeTrue();
    }

    [Fact]
    public async Task A_send_that_waits_goes_when_credit_comes()
    {
        var (peer, link) = await ReadyAsync(credit: 0);
        await using var _ = peer;
        var sending = link.SendAsync("m"u8.ToArray(), Tag, settled: true).AsTask();
        sending.IsCompleted.ShouldBeFalse();

        peer.Credit(1);

        (await sending.WaitAsync(TimeSpan.FromSeconds(20))).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_send_that_waits_ends_with_the_link_and_what_was_not_settled_is_given()
    {
        var (peer, link) = await ReadyAsync(credit: 1);
        await using var _ = peer;
        link.TrySend("m"u8, Tag, settled: false, out var delivery);
        var sending = link.SendAsync("m"u8.ToArray(), Tag, settled: true).AsTask();

        peer.Send(new Detach(0, Closed: true, null).Write);

        (await sending.WaitAsync(TimeSpan.FromSeconds(20))).ShouldBeNull();
        (await _container.LinkClosedAsync()).ShouldBeNull();
        link.Unsettled.ShouldHaveSingleItem().ShouldBe(delivery);
        (await peer.NextAsync(Descriptor.Detach)).Detach.Closed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_refused_receiver_is_attached_without_a_source()
    {
        _container.OnAttach = (_, _) => new(new AttachReply.Refuse(new(ErrorCondition.UnauthorizedAccess)));
        await using var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.AttachReceiver("secret");

        (await peer.FrameAsync()).Attach.Source.ShouldBeNull();
        (await peer.FrameAsync()).Detach.Error.ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.UnauthorizedAccess));
    }
}
