namespace Posthorn.Lanes;

/// <summary>What an exchange says of its lane, whatever it means for the message.</summary>
internal enum LaneNews
{
    /// <summary>Nothing: nothing was sent.</summary>
    None,

    /// <summary>The receiver is there, and answers.</summary>
    Answered,

    /// <summary>The receiver, or what stands before it, is there and cannot take more: 429, 502, 503, 504.</summary>
    Overloaded,

    /// <summary>Nobody answered.</summary>
    Silent,
}
