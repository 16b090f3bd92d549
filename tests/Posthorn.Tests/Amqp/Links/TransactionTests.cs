using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Links;

public class TransactionTests
{
    private readonly TestContainer _container = new();

    private static byte[] Body(Action<AmqpWriter> value)
    {
        var section = Encoded.Of(writer => writer.Describe(Descriptor.Value));
        return [.. section, .. Encoded.Of(value)];
    }

    private async Task<AmqpPeer> AttachedAsync()
    {
        var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.Send(new Attach { Name = "control", Handle = 0, Role = Role.Sender, InitialDeliveryCount = 0, Source = new(), Coordinator = new(["amqp:local-transactions"]) }.Write);
        (await peer.FrameAsync()).Attach.Coordinator.ShouldNotBeNull().Capabilities.ShouldHaveSingleItem();
        await peer.NextAsync(Descriptor.Flow);
        return peer;
    }

    [Fact]
    public async Task A_transaction_is_declared_and_discharged()
    {
        await using var peer = await AttachedAsync();
        peer.Transfer(0, Body(writer => writer.EndList(writer.StartComposite(Descriptor.Declare), 0)));
        var id = (await peer.FrameAsync()).Disposition.State.ShouldBeOfType<DeliveryState.Declared>().Transaction;

        peer.Transfer(1, Body(writer =>
        {
            var list = writer.StartComposite(Descriptor.Discharge);
            writer.Binary(id.Bytes.Span);
            writer.Boolean(true);
            writer.EndList(list, 2);
        }));

        (await peer.FrameAsync()).Disposition.State.ShouldBe(DeliveryState.Accept);
        _container.Discharged.ShouldHaveSingleItem().ShouldBe((id, true));
    }

    [Theory]
    [InlineData("00 53 32 45")] // A discharge without an id.
    [InlineData("00 53 24 45")]
    [InlineData("40")]
    public async Task What_is_neither_is_rejected(string hex)
    {
        await using var peer = await AttachedAsync();
        peer.Transfer(0, Body(writer => writer.Raw(Encoded.Hex(hex))));

        (await peer.FrameAsync()).Disposition.State.ShouldBeOfType<DeliveryState.Rejected>().Error.ShouldNotBeNull();
        _container.Faults.ShouldBeEmpty();
    }
}
