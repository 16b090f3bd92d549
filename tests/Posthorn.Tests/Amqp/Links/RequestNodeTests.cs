using Posthorn.Amqp.Links;
using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Links;

public class RequestNodeTests
{
    private readonly TestContainer _container = new();

    public RequestNodeTests()
    {
        var node = new RequestNode("$management", (request, _) =>
        {
            using var builder = new MessageBuilder();
            return new(builder.Properties(new() { CorrelationId = request.Message.Properties?.MessageId }).Value("answer").Encoded.ToArray());
        });
        _container.OnAttach = (request, _) => new(node.Attach(request));
    }

    private static byte[] Request(string? replyTo)
    {
        using var builder = new MessageBuilder();
        return builder.Properties(new() { MessageId = "r1", ReplyTo = replyTo }).Value(null).Encoded.ToArray();
    }

    [Fact]
    public async Task A_request_is_answered_on_the_link_its_reply_to_names()
    {
        await using var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.AttachReceiver("$management", handle: 0, target: "another");
        peer.AttachReceiver("$management", handle: 1, target: "mine");
        peer.AttachSender("$management", handle: 2);
        await peer.NextAsync(Descriptor.Flow);
        peer.Credit(10, handle: 0);
        peer.Credit(10, handle: 1);
        peer.Transfer(0, Request("mine"), handle: 2);

        (await peer.NextAsync(Descriptor.Disposition)).Disposition.State.ShouldBe(DeliveryState.Accept);
        var transfer = (await peer.NextAsync(Descriptor.Transfer)).Transfer;

        transfer.Handle.ShouldBe(1u);
        var reply = AmqpMessage.Read(transfer.Payload, new());
        reply.Properties.ShouldNotBeNull().CorrelationId.ShouldBe("r1");
        reply.ReadValue().ShouldBe("answer");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nobody")]
    public async Task A_request_that_nobody_hears_the_answer_of_is_rejected(string? replyTo)
    {
        await using var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.AttachSender("$management");
        await peer.NextAsync(Descriptor.Flow);
        peer.Transfer(0, Request(replyTo));

        (await peer.NextAsync(Descriptor.Disposition)).Disposition.State.ShouldBeOfType<DeliveryState.Rejected>().Error.ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.NotFound));
    }
}
