using Posthorn.Amqp;
using Posthorn.Amqp.Framing;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Hostile;

/// <summary>Frames made by chance: as many as <c>POSTHORN_RANDOM_FRAMES</c> says, otherwise so many that it takes seconds.</summary>
public class RandomFramesTests
{
    private const int FramesOfAConnection = 50;
    private static readonly int Frames = int.TryParse(Environment.GetEnvironmentVariable("POSTHORN_RANDOM_FRAMES"), out var count) ? count : 200_000;

    [Fact]
    public void Random_bodies_are_read_or_refused_and_nothing_else()
    {
        var chance = new Random(17);
        var limits = new AmqpLimits();
        var bytes = new byte[256];
        for (var frame = 0; frame < Frames; frame++)
        {
            var body = bytes.AsSpan(0, chance.Next(3, bytes.Length));
            chance.NextBytes(body);
            (body[0], body[1], body[2]) = (0x00, 0x53, (byte)chance.Next(0x10, 0x19));
            if (body.Length > 6 && chance.Next(2) == 0) (body[3], body[4], body[5]) = (FormatCode.List8, (byte)(body.Length - 5), (byte)chance.Next(12));
            try
            {
                var reader = new AmqpReader(body, limits);
                Read(reader.ReadDescriptor(), ref reader);
            }
            catch (AmqpException)
            {
                // Refused.
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Random_conversations_end_without_a_fault(int seed)
    {
        var chance = new Random(seed);
        for (var left = Frames / 4; left > 0; left -= FramesOfAConnection)
        {
            var container = new TestContainer();
            container.OnDelivery = delivery =>
            {
                if (chance.Next(3) > 0) delivery.Settle(DeliveryState.Accept);
            };
            await using var peer = new AmqpPeer(container);
            peer.Send(Conversation(chance));
            peer.HangUp();

            await peer.HeaderAsync();
            await peer.DrainAsync();
            await peer.Served.WaitAsync(TimeSpan.FromSeconds(20));
            container.Faults.ShouldBeEmpty();
        }
    }

    private static void Read(Descriptor descriptor, ref AmqpReader reader)
    {
        switch (descriptor)
        {
            case Descriptor.Open: Open.Read(ref reader); break;
            case Descriptor.Begin: Begin.Read(ref reader); break;
            case Descriptor.Attach: Attach.Read(ref reader); break;
            case Descriptor.Flow: Flow.Read(ref reader); break;
            case Descriptor.Transfer: Transfer.Read(ref reader); break;
            case Descriptor.Disposition: Disposition.Read(ref reader); break;
            case Descriptor.Detach: Detach.Read(ref reader); break;
            default: Ending.Read(ref reader); break;
        }
    }

    /// <summary>Frames that are right one by one, with what makes no sense together, and a wrong one now and then.</summary>
    private static byte[] Conversation(Random chance)
    {
        using var buffer = new AmqpBuffer();
        var frames = new FrameWriter(buffer) { MaxFrameSize = int.MaxValue };
        buffer.Write(ProtocolHeader.Amqp);
        Write(frames, 0, new Open { ContainerId = "chance", MaxFrameSize = 512 }.Write);
        Write(frames, 0, new Begin { IncomingWindow = Number(chance), OutgoingWindow = 5, HandleMax = 7 }.Write);
        for (var left = FramesOfAConnection; left > 0; left--)
        {
            Write(frames, (ushort)chance.Next(2), Performative(chance));
            if (chance.Next(200) == 0) buffer.Written[^1] ^= (byte)(1 << chance.Next(8));
        }

        return buffer.Written.ToArray();
    }

    private static void Write(FrameWriter frames, ushort channel, Action<AmqpWriter> performative)
    {
        performative(frames.Start(channel));
        frames.End();
    }

    private static Action<AmqpWriter> Performative(Random chance) => chance.Next(12) switch
    {
        0 => new Begin { IncomingWindow = Number(chance), OutgoingWindow = Number(chance), NextOutgoingId = Number(chance), HandleMax = 7 }.Write,
        1 or 2 => AnAttach(chance),
        3 or 4 => new Flow
        {
            NextIncomingId = Number(chance),
            IncomingWindow = Number(chance),
            Handle = chance.Next(3) == 0 ? null : (uint)chance.Next(3),
            DeliveryCount = Number(chance),
            LinkCredit = Number(chance),
            Drain = chance.Next(2) == 0,
            Echo = chance.Next(2) == 0,
        }.Write,
        >= 5 and <= 8 => ATransfer(chance),
        9 => new Disposition((Role)chance.Next(2), Number(chance), Number(chance), chance.Next(2) == 0, chance.Next(2) == 0 ? DeliveryState.Accept : new DeliveryState.Received(1, 2)).Write,
        10 => new Detach((uint)chance.Next(3), chance.Next(2) == 0, null).Write,
        _ => writer => Ending.Write(writer, chance.Next(20) == 0 ? Descriptor.Close : Descriptor.End, null),
    };

    private static Action<AmqpWriter> AnAttach(Random chance) => new Attach
    {
        Name = $"link{chance.Next(4)}",
        Handle = (uint)chance.Next(3),
        Role = (Role)chance.Next(2),
        ReceiverSettleMode = (ReceiverSettleMode)chance.Next(2),
        Source = chance.Next(2) == 0 ? null : new() { Address = "a" },
        Coordinator = chance.Next(9) == 0 ? new([]) : null,
        InitialDeliveryCount = 0,
    }.Write;

    private static Action<AmqpWriter> ATransfer(Random chance)
    {
        var payload = chance.Next(2) == 0 ? Encoded.Message("random"u8) : new byte[chance.Next(100)];
        var (handle, id, more, aborted, settled) = ((uint)chance.Next(3), (uint)chance.Next(40), chance.Next(3) == 0, chance.Next(9) == 0, chance.Next(2) == 0);
        return writer =>
        {
            new Transfer { Handle = handle, DeliveryId = id, HasTag = true, DeliveryTag = [1], More = more, Aborted = aborted, Settled = settled }.Write(writer);
            writer.Raw(payload);
        };
    }

    private static uint Number(Random chance) => chance.Next(3) switch { 0 => (uint)chance.Next(20), 1 => uint.MaxValue - (uint)chance.Next(3), _ => (uint)chance.NextInt64(1L << 32) };
}
