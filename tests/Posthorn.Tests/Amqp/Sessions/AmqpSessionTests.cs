using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Sessions;

public class AmqpSessionTests
{
    private readonly TestContainer _container = new();

    [Fact]
    public async Task A_session_is_ended_with_its_links_and_may_be_begun_anew()
    {
        await using var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.AttachSender("queue");
        await peer.NextAsync(Descriptor.Flow);
        peer.Send(writer => Ending.Write(writer, Descriptor.End, null));

        (await peer.NextAsync(Descriptor.End)).End.ShouldBeNull();
        (await _container.LinkClosedAsync()).ShouldBeNull();
        peer.Send(new Begin { IncomingWindow = 1 }.Write);
        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.Begin);
    }

    [Fact]
    public async Task The_window_is_opened_again_before_it_closes()
    {
        await using var peer = new AmqpPeer(_container, new() { Limits = new() { SessionWindow = 2 } });
        _container.OnAttach = (_, _) => new(new Posthorn.Amqp.Links.AttachReply.Receive(_container) { Credit = 10 });
        await peer.BeginAsync();
        peer.AttachSender("queue");
        await peer.NextAsync(Descriptor.Flow);
        peer.Transfer(0, Encoded.Message("a"u8));
        (await peer.FrameAsync()).Flow.IncomingWindow.ShouldBe(2u);
    }

    public static TheoryData<string, Action<AmqpWriter>> Errors => new()
    {
        { ErrorCondition.UnattachedHandle, new Detach(9, Closed: true, null).Write },
        { ErrorCondition.UnattachedHandle, new Flow { Handle = 9 }.Write },
        { ErrorCondition.UnattachedHandle, writer => new Transfer { Handle = 9, DeliveryId = 0 }.Write(writer) },
        { ErrorCondition.HandleInUse, new Attach { Name = "other", Handle = 0, Role = Role.Sender, InitialDeliveryCount = 0 }.Write },
        { ErrorCondition.InvalidField, new Attach { Name = "other", Handle = 1, Role = Role.Receiver, Coordinator = new([]) }.Write },
        { ErrorCondition.InvalidField, new Disposition(Role.Receiver, 5, 4, Settled: true, null).Write },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task A_violation_ends_the_session_and_not_the_connection(string condition, Action<AmqpWriter> frame)
    {
        await using var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.AttachSender("queue");
        peer.Send(frame);

        (await peer.NextAsync(Descriptor.End)).End.ShouldNotBeNull().Condition.ShouldBe(new Symbol(condition));
        peer.AttachSender("ignored", handle: 3); // It crosses our end, and is for nobody.
        peer.Send(writer => Ending.Write(writer, Descriptor.End, null));
        peer.Send(new Begin { IncomingWindow = 1 }.Write);
        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.Begin);
    }

    [Fact]
    public async Task A_handle_above_the_maximum_closes_the_connection()
    {
        await using var peer = new AmqpPeer(_container);
        await peer.BeginAsync();
        peer.AttachSender("queue", handle: 256);

        (await peer.ClosedAsync()).ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.FramingError));
    }

    [Fact]
    public async Task A_connection_has_no_more_links_than_the_limit()
    {
        await using var peer = new AmqpPeer(_container, new() { Limits = new() { MaxLinksPerConnection = 2 } });
        await peer.BeginAsync();
        for (var handle = 0u; handle < 3; handle++) peer.AttachSender("queue", handle);

        (await peer.NextAsync(Descriptor.End)).End.ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.ResourceLimitExceeded));
    }
}
