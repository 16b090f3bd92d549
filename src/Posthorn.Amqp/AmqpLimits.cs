namespace Posthorn.Amqp;

/// <summary>What a peer may ask of us. Every limit is checked before the memory is taken; the defaults suit a front door on one machine.</summary>
public sealed record AmqpLimits
{
    /// <summary>The smallest maximum frame size a peer may have (AMQP 1.0 §2.8.1, MIN-MAX-FRAME-SIZE), in bytes.</summary>
    public const int MinMaxFrameSize = 512;

    /// <summary>The largest frame we take, and the largest we send, in bytes. 64 KiB.</summary>
    public int MaxFrameSize { get; init; } = 64 * 1024;

    /// <summary>The largest message we take unless an attach says otherwise, in bytes. 1 MiB and 64 KiB for what travels with it.</summary>
    public int MaxMessageSize { get; init; } = (1024 + 64) * 1024;

    /// <summary>Connections at once. 2,000.</summary>
    public int MaxConnections { get; init; } = 2_000;

    /// <summary>Sessions of one connection. 256.</summary>
    public int MaxSessions { get; init; } = 256;

    /// <summary>Links of one session. 256.</summary>
    public int MaxLinks { get; init; } = 256;

    /// <summary>Links of one connection. 4,096.</summary>
    public int MaxLinksPerConnection { get; init; } = 4_096;

    /// <summary>Messages sent on one link that the peer hasn't settled; at the limit the link is busy. 5,000.</summary>
    public int MaxUnsettled { get; init; } = 5_000;

    /// <summary>Transfer frames a session takes before we ask for more (AMQP 1.0 §2.5.6, incoming-window). 2,048.</summary>
    public int SessionWindow { get; init; } = 2_048;

    /// <summary>Bytes of messages that one connection may have begun, or handed over and not yet had settled, before it is read no further. 8 MiB.</summary>
    public int MaxBufferedBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Bytes waiting for a peer that reads slowly; above it nothing is sent and its frames are not read. 1 MiB.</summary>
    public int MaxOutputBytes { get; init; } = 1024 * 1024;

    /// <summary>How deep values may be nested. 32.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>How many elements one decoded value may have, those of its lists, maps and arrays included. 65,536.</summary>
    public int MaxElements { get; init; } = 65_536;

    /// <summary>How many pairs one decoded map may have. 1,024.</summary>
    public int MaxMapPairs { get; init; } = 1_024;

    /// <summary>The longest symbol, in bytes. 1,024.</summary>
    public int MaxSymbolLength { get; init; } = 1_024;

    /// <summary>The longest name or address of a link, container or host, in characters. 4,096.</summary>
    public int MaxNameLength { get; init; } = 4_096;

    /// <summary>How long a peer may be silent; half of it is what we announce (AMQP 1.0 §2.4.5). Two minutes.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The shortest idle time-out of a peer that we are ready to keep up with. 500 ms.</summary>
    public TimeSpan MinIdleTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a connection may take to be opened. 30 s.</summary>
    public TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a close waits for the peer's own. 5 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one write may wait for a peer that doesn't read. One minute.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
