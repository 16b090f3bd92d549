namespace Posthorn.Amqp.Links;

/// <summary>How far a link is (AMQP 1.0 §2.6).</summary>
internal enum LinkState
{
    /// <summary>The host hasn't decided on it.</summary>
    Attaching,

    /// <summary>Both have attached it.</summary>
    Attached,

    /// <summary>We have detached it; the peer hasn't, and what it sends meanwhile is for nobody.</summary>
    Detaching,

    /// <summary>It is over.</summary>
    Detached,
}
