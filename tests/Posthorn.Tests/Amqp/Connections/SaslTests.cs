using Microsoft.Extensions.Time.Testing;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Framing;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Connections;

public class SaslTests
{
    private const byte SaslType = 1;
    private static readonly AmqpOptions Options = new() { Mechanisms = [SaslCredentials.Plain, SaslCredentials.MssbCbs], IsSaslRequired = true };

    private static Action<AmqpWriter> Init(string mechanism, byte[]? response) => writer =>
    {
        var list = writer.StartComposite(Descriptor.SaslInit);
        writer.Symbol(mechanism);
        writer.Value(response);
        writer.EndList(list, 2);
    };

    private static Action<AmqpWriter> Response(byte[] response) => writer =>
    {
        var list = writer.StartComposite(Descriptor.SaslResponse);
        writer.Binary(response);
        writer.EndList(list, 1);
    };

    private static async Task<AmqpPeer> StartAsync(TestContainer container, TimeProvider? clock = null)
    {
        var peer = new AmqpPeer(container, Options, clock);
        peer.Send(ProtocolHeader.Sasl);
        (await peer.HeaderAsync()).ShouldBe(ProtocolHeader.Sasl.ToArray());
        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.SaslMechanisms);
        return peer;
    }

    [Fact]
    public async Task Good_credentials_open_the_way_to_AMQP()
    {
        var container = new TestContainer();
        await using var peer = await StartAsync(container);
        peer.Send(Init("PLAIN", "\0name\0secret"u8.ToArray()), type: SaslType);
        peer.Send(ProtocolHeader.Amqp); // Not waiting for the outcome is allowed.
        peer.Send(new Open { ContainerId = "peer" }.Write);

        (await peer.FrameAsync()).Body.ShouldBe(Encoded.Hex("00 53 44 c0 03 01 50 00"));
        (await peer.HeaderAsync()).ShouldBe(ProtocolHeader.Amqp.ToArray());
        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.Open);
        var credentials = container.Credentials.ShouldHaveSingleItem();
        credentials.TryReadPlain(out var name, out var password).ShouldBeTrue();
        (name, password).ShouldBe(("name", "secret"));
        credentials.ToString().ShouldNotContain("secret");
    }

    [Fact]
    public async Task A_PLAIN_init_without_a_response_is_challenged()
    {
        var container = new TestContainer();
        await using var peer = await StartAsync(container);
        peer.Send(Init("PLAIN", null), type: SaslType);
        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.SaslChallenge);

        peer.Send(Response("\0n\0p"u8.ToArray()), type: SaslType);

        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.SaslOutcome);
        container.Credentials.ShouldHaveSingleItem().TryReadPlain(out _, out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("PLAIN", SaslCode.Auth, 1)]
    [InlineData("ANONYMOUS", SaslCode.Ok, 1)] // It isn't offered.
    [InlineData("MSSBCBS", SaslCode.SysTemporary, 4)]
    public async Task A_refusal_is_told_and_ends_the_stream(string mechanism, SaslCode code, int told)
    {
        await using var peer = await StartAsync(new() { Sasl = code });
        peer.Send(Init(mechanism, [1]), type: SaslType);

        (await peer.FrameAsync()).Body[^1].ShouldBe((byte)told);
        (await peer.TryFrameAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task A_host_that_fails_to_judge_is_told_as_a_fault_of_the_system()
    {
        var container = new TestContainer { OnAuthenticate = () => throw new InvalidOperationException("broken") };
        await using var peer = await StartAsync(container);
        peer.Send(Init("MSSBCBS", []), type: SaslType);

        (await peer.FrameAsync()).Body[^1].ShouldBe((byte)SaslCode.Sys);
        (await peer.TryFrameAsync()).ShouldBeNull();
        await peer.Served.WaitAsync(TimeSpan.FromSeconds(20)); // The host is told after the peer.
        container.Faults.ShouldHaveSingleItem().Message.ShouldBe("broken");
    }

    [Fact]
    public async Task A_host_that_never_judges_holds_no_connection_for_ever()
    {
        var clock = new FakeTimeProvider();
        var container = new TestContainer { OnAuthenticate = () => new(new TaskCompletionSource<SaslCode>().Task) };
        await using var peer = await StartAsync(container, clock);
        peer.Send(Init("MSSBCBS", []), type: SaslType);

        for (var second = 0; second < 32; second++) clock.Advance(TimeSpan.FromSeconds(1));

        await peer.Served.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task SASL_frames_are_no_larger_than_512_bytes()
    {
        await using var peer = await StartAsync(new());
        peer.Send(Init("PLAIN", new byte[600]), type: SaslType);

        (await peer.TryFrameAsync()).ShouldBeNull();
        (await peer.Served).ShouldBeTrue();
    }

    [Fact]
    public async Task SASL_is_spoken_once()
    {
        await using var peer = await StartAsync(new());
        peer.Send(Init("MSSBCBS", []), type: SaslType);
        (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.SaslOutcome);

        peer.Send(ProtocolHeader.Sasl);

        (await peer.HeaderAsync()).ShouldBe(ProtocolHeader.Amqp.ToArray());
        (await peer.TryFrameAsync()).ShouldBeNull();
    }
}
