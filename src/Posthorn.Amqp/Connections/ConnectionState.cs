namespace Posthorn.Amqp.Connections;

/// <summary>How far a connection is (AMQP 1.0 §2.4.6), as far as it matters to a server.</summary>
internal enum ConnectionState
{
    /// <summary>Headers, SASL or opens are being exchanged.</summary>
    Starting,

    /// <summary>Both have opened it.</summary>
    Open,

    /// <summary>We have closed it; the peer hasn't.</summary>
    Closing,

    /// <summary>It is over.</summary>
    Ended,
}
