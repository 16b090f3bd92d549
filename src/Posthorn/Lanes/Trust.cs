namespace Posthorn.Lanes;

/// <summary>What a lane did of late.</summary>
internal enum Trust
{
    /// <summary>It answered.</summary>
    Earned,

    /// <summary>Nothing is known of it.</summary>
    New,

    /// <summary>It was silent.</summary>
    Lost,
}
