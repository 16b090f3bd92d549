using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Framing;
using Posthorn.Amqp.Links;
using Posthorn.Amqp.Performatives;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Hostile;

/// <summary>Peers that ask for much and take little.</summary>
public class SlowPeersTests
{
    private const int SmallOutput = 64 * 1024;
    private readonly TestContainer _container = new();

    [Fact]
    public async Task A_peer_that_reads_nothing_is_read_no_further_and_loses_nothing()
    {
        const int echoes = 50_000;
        AmqpConnection? connection = null;
        _container.OnAttach = (request, _) =>
        {
            connection = request.Connection;
            return new(new AttachReply.Send(_container));
        };
        await using var peer = new AmqpPeer(_container, new() { Limits = new() { MaxOutputBytes = SmallOutput } }, readsAhead: SmallOutput);
        await peer.BeginAsync();
        peer.AttachReceiver("queue");
        await peer.FrameAsync();
        for (var echo = 0; echo < echoes; echo++) peer.Credit(5, echo: true);

        await Patiently.UntilAsync(() => connection.ShouldNotBeNull().Output is { IsPaused: true, WritingSince: not 0 });

        connection.ShouldNotBeNull().Output.Waiting.ShouldBeLessThan(SmallOutput + 1_024);
        (await peer.ReadableAsync()).ShouldBeLessThan(4 * SmallOutput);
        for (var echo = 0; echo < echoes; echo++) (await peer.FrameAsync()).Descriptor.ShouldBe(Descriptor.Flow);
    }

    [Fact]
    public async Task A_peer_that_reads_nothing_is_sent_no_more_than_fits()
    {
        var limits = new AmqpOptions { Limits = new() { MaxOutputBytes = SmallOutput } };
        await using var peer = new AmqpPeer(_container, limits, readsAhead: SmallOutput);
        await peer.BeginAsync(uint.MaxValue);
        peer.AttachReceiver("queue");
        await peer.FrameAsync();
        peer.Credit(uint.MaxValue, window: uint.MaxValue);
        var link = await _container.ReadyAsync();
        var message = new byte[1_000];

        var sent = 0;
        while (link.TrySend(message, new byte[] { 1 }, settled: true, out _) == SendResult.Sent) sent++;

        sent.ShouldBeLessThan(300);
        for (var read = 0; read < sent; read++) (await peer.FrameAsync()).Transfer.Payload.Length.ShouldBe(1_000);
        await _container.ReadyAsync();
        link.TrySend(message, new byte[] { 1 }, settled: true, out _).ShouldBe(SendResult.Sent);
    }

    [Fact]
    public async Task A_write_that_nobody_takes_ends_the_connection()
    {
        var clock = new FakeTimeProvider();
        await using var peer = new AmqpPeer(_container, clock: clock, readsAhead: 1_024);
        await peer.BeginAsync();
        peer.AttachReceiver("queue");
        await peer.FrameAsync();
        peer.Credit(10);
        var link = await _container.ReadyAsync();
        link.TrySend(new byte[50_000], new byte[] { 1 }, settled: true, out _);
        await Patiently.UntilAsync(() => link.Connection.Output.WritingSince != 0);

        for (var second = 0; second < 63; second++) clock.Advance(TimeSpan.FromSeconds(1));

        await peer.Served.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_host_that_settles_nothing_is_handed_no_more_than_fits()
    {
        _container.Credit = 1_000;
        await using var peer = new AmqpPeer(_container, new() { Limits = new() { MaxBufferedBytes = 100_000 } });
        await peer.BeginAsync();
        peer.AttachSender("queue");
        await peer.NextAsync(Descriptor.Flow);
        for (var id = 0u; id < 30; id++) peer.Transfer(id, Encoded.Message(new byte[10_000]));
        List<IncomingDelivery> inHand = [];
        for (var id = 0; id < 10; id++) inHand.Add(await _container.DeliveryAsync());
        await Patiently.UntilAsync(() => inHand[0].Link.Connection.Intake.IsPaused);
        _container.TryDelivery(out _).ShouldBeFalse();

        inHand[0].Settle(DeliveryState.Accept);

        await _container.DeliveryAsync();
    }

    [Fact]
    public async Task Messages_begun_and_never_finished_are_bounded()
    {
        await using var peer = new AmqpPeer(_container, new() { Limits = new() { MaxBufferedBytes = 100_000 } });
        await peer.BeginAsync();
        for (var handle = 0u; handle <= 10; handle++)
        {
            peer.AttachSender("queue", handle);
            await peer.NextAsync(Descriptor.Flow);
            peer.Transfer(handle, new byte[10_000], handle, more: true);
        }

        (await peer.ClosedAsync()).ShouldNotBeNull().Condition.Value.ShouldBe(ErrorCondition.ResourceLimitExceeded);
    }

    [Fact]
    public async Task A_thousand_connections_are_served_at_once()
    {
        const int count = 1_000;
        await using var listener = new AmqpListener(_container, new() { Limits = new() { MaxConnections = count } }, TimeProvider.System);
        listener.Start(new(IPAddress.Loopback, 0));
        var address = listener.LocalEndPoint.ShouldNotBeNull();
        var sockets = new List<Socket>();
        try
        {
            for (var number = 0; number < count; number++) sockets.Add(await ConnectAsync(address));
            foreach (var socket in sockets) await OpenedAsync(socket);
            listener.ConnectionCount.ShouldBe(count);

            using var above = await ConnectAsync(address);
            (await IsLeftAsync(above)).ShouldBeTrue();
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }

        await Patiently.UntilAsync(() => listener.ConnectionCount == 0);
        _container.Faults.ShouldBeEmpty();
    }

    private static async Task<Socket> ConnectAsync(EndPoint address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address);
        await socket.SendAsync((byte[])[.. ProtocolHeader.Amqp, .. Encoded.Hex("00 00 00 11 02 00 00 00 00 53 10 c0 04 01 a1 01 61")]);
        return socket;
    }

    private static async Task OpenedAsync(Socket socket)
    {
        var bytes = new byte[ProtocolHeader.Size + FrameHeader.Length];
        for (var got = 0; got < bytes.Length;) got += await socket.ReceiveAsync(bytes.AsMemory(got)).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        bytes[..ProtocolHeader.Size].ShouldBe(ProtocolHeader.Amqp.ToArray());
    }

    private static async Task<bool> IsLeftAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]).WaitAsync(TimeSpan.FromSeconds(20)) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
