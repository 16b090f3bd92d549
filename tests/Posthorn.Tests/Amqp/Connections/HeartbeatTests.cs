using Microsoft.Extensions.Time.Testing;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Connections;

public class HeartbeatTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task An_idle_connection_is_kept_alive_twice_within_the_peers_time_out()
    {
        await using var peer = new AmqpPeer(new TestContainer(), clock: _clock);
        await peer.OpenAsync(new() { ContainerId = "peer", IdleTimeout = 4_000 });

        for (var beat = 0; beat < 3; beat++)
        {
            _clock.Advance(TimeSpan.FromSeconds(2));
            (await peer.FrameAsync()).IsEmpty.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_peer_that_is_silent_is_told_so_and_left()
    {
        await using var peer = new AmqpPeer(new TestContainer(), clock: _clock);
        await peer.OpenAsync();

        for (var second = 0; second < 122; second++) _clock.Advance(TimeSpan.FromSeconds(1));

        (await peer.ClosedAsync()).ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.ResourceLimitExceeded));
    }

    [Fact]
    public async Task Empty_frames_keep_a_peer_alive()
    {
        await using var peer = new AmqpPeer(new TestContainer(), clock: _clock);
        await peer.BeginAsync();

        for (var minute = 0; minute < 5; minute++)
        {
            peer.Send(Encoded.Hex("00 00 00 08 02 00 00 00"));
            peer.Send(new Flow { IncomingWindow = 1, OutgoingWindow = 1, Echo = true }.Write);
            (await peer.FrameAsync()).Flow.Handle.ShouldBeNull();
            _clock.Advance(TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public async Task An_idle_time_out_too_short_to_keep_is_refused()
    {
        await using var peer = new AmqpPeer(new TestContainer(), clock: _clock);
        await peer.OpenAsync(new() { ContainerId = "peer", IdleTimeout = 10 });

        (await peer.ClosedAsync()).ShouldNotBeNull().Condition.ShouldBe(new Symbol(ErrorCondition.NotAllowed));
    }
}
