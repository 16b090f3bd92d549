using Microsoft.Extensions.Time.Testing;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Framing;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Connections;

public class OpeningTests
{
    [Fact]
    public async Task An_open_is_answered_with_what_we_take()
    {
        await using var peer = new AmqpPeer(new TestContainer());

        var open = await peer.OpenAsync();

        open.ContainerId.ShouldBe("posthorn");
        open.MaxFrameSize.ShouldBe(65_536u);
        open.ChannelMax.ShouldBe((ushort)255);
        open.IdleTimeout.ShouldBe(60_000u);
    }

    [Fact]
    public async Task An_open_that_comes_byte_by_byte_is_understood()
    {
        await using var peer = new AmqpPeer(new TestContainer());
        foreach (var one in ProtocolHeader.Amqp.ToArray()) peer.Send([one]);
        foreach (var one in Encoded.Hex("00 00 00 11 02 00 00 00 00 53 10 c0 04 01 a1 01 61")) peer.Send([one]);

        (await peer.HeaderAsync()).ShouldBe(ProtocolHeader.Amqp.ToArray());
        (await peer.FrameAsync()).Open.ContainerId.ShouldBe("posthorn");
    }

    [Theory]
    [InlineData("414d515000000901")] // AMQP 0-9-1 would say this.
    [InlineData("474554202f20485454502f312e310d0a")] // GET / HTTP/1.1
    [InlineData("16030100")] // A TLS handshake: too short for a header, and none already.
    public async Task Another_protocol_is_answered_with_the_header_that_is_spoken_here(string hex)
    {
        await using var peer = new AmqpPeer(new TestContainer());
        peer.Send(Encoded.Hex(hex));

        (await peer.HeaderAsync()).ShouldBe(ProtocolHeader.Amqp.ToArray());
        (await peer.TryFrameAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Where_SASL_is_required_its_header_answers_one_that_skips_it()
    {
        await using var peer = new AmqpPeer(new TestContainer(), new() { IsSaslRequired = true });
        peer.Send(ProtocolHeader.Amqp);

        (await peer.HeaderAsync()).ShouldBe(ProtocolHeader.Sasl.ToArray());
        (await peer.TryFrameAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_close_is_answered_and_the_stream_ends()
    {
        var container = new TestContainer();
        await using var peer = new AmqpPeer(container);
        await peer.OpenAsync();
        peer.Send(writer => Ending.Write(writer, Descriptor.Close, null));

        (await peer.FrameAsync()).Close.ShouldBeNull();
        (await peer.TryFrameAsync()).ShouldBeNull();
        await peer.Served;
        container.Closed.ShouldHaveSingleItem().ShouldBeNull();
    }

    public static TheoryData<string, string> Violations => new()
    {
        { "00 00 00 07 02 00 00 00", ErrorCondition.FramingError },
        { "00 00 00 08 01 00 00 00", ErrorCondition.FramingError },
        { "00 00 00 08 03 00 00 00", ErrorCondition.FramingError },
        { "00 01 00 01 02 00 00 00", ErrorCondition.FramingError },
        { "ff ff ff ff 02 00 00 00", ErrorCondition.FramingError },
        { "00 00 00 08 02 01 00 00", ErrorCondition.FramingError }, // A SASL frame.
        { "00 00 00 0c 02 00 00 00 00 53 11 40", ErrorCondition.DecodeError }, // A begin that is no list.
        { "00 00 00 0c 02 00 00 00 00 53 11 45", ErrorCondition.InvalidField }, // A begin without what is mandatory.
        { "00 00 00 0c 02 00 01 00 00 53 11 45", ErrorCondition.FramingError }, // Channel 256.
        { "00 00 00 0c 02 00 00 00 00 53 12 45", ErrorCondition.NotAllowed }, // An attach without a session.
        { "00 00 00 0c 02 00 00 00 00 53 99 45", ErrorCondition.NotAllowed },
        { "00 00 00 11 02 00 00 00 00 53 10 c0 04 01 a1 01 61", ErrorCondition.NotAllowed }, // A second open.
        { "00 00 00 09 02 00 00 00 00", ErrorCondition.DecodeError },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task A_violation_closes_the_connection_with_its_condition(string hex, string condition)
    {
        var container = new TestContainer();
        await using var peer = new AmqpPeer(container);
        await peer.OpenAsync();
        peer.Send(Encoded.Hex(hex));

        (await peer.ClosedAsync()).ShouldNotBeNull().Condition.ShouldBe(new Symbol(condition));
        container.Closed.ShouldHaveSingleItem().ShouldNotBeNull().Condition.ShouldBe(new Symbol(condition));
        container.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_frame_before_the_open_closes_the_connection()
    {
        await using var peer = new AmqpPeer(new TestContainer());
        peer.Send(ProtocolHeader.Amqp);
        peer.Send(new Begin().Write);
        await peer.HeaderAsync();

        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.Open);
        (await peer.ClosedAsync()).ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.NotAllowed));
    }

    [Fact]
    public async Task A_maximum_frame_size_below_512_is_refused()
    {
        await using var peer = new AmqpPeer(new TestContainer());
        await peer.OpenAsync(new() { ContainerId = "peer", MaxFrameSize = 511 });

        (await peer.ClosedAsync()).ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.InvalidField));
    }

    [Fact]
    public async Task A_connection_that_is_never_opened_ends()
    {
        var clock = new FakeTimeProvider();
        await using var peer = new AmqpPeer(new TestContainer(), clock: clock);
        clock.Advance(TimeSpan.FromSeconds(29));
        peer.Served.IsCompleted.ShouldBeFalse();

        clock.Advance(TimeSpan.FromSeconds(3));

        await peer.Served.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_peer_that_never_answers_our_close_is_left()
    {
        var clock = new FakeTimeProvider();
        await using var peer = new AmqpPeer(new TestContainer(), clock: clock);
        await peer.OpenAsync();
        peer.Send(new Begin { RemoteChannel = 1 }.Write);
        (await peer.FrameAsync()).Close.ShouldNotBeNull();

        for (var second = 0; second < 7; second++) clock.Advance(TimeSpan.FromSeconds(1));

        await peer.Served.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Above_the_limit_no_connection_is_served()
    {
        await using var listener = new AmqpListener(new TestContainer(), new() { Limits = new() { MaxConnections = 0 } }, TimeProvider.System);

        (await listener.ServeAsync(new NoTransport())).ShouldBeFalse();
    }

    private sealed class NoTransport : System.IO.Pipelines.IDuplexPipe
    {
        public System.IO.Pipelines.PipeReader Input => throw new NotSupportedException();

        public System.IO.Pipelines.PipeWriter Output => throw new NotSupportedException();
    }
}
