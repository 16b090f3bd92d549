namespace Posthorn.Lanes;

/// <summary>A turn in a lane: one request in flight.</summary>
/// <param name="Trust">What the lane was trusted with when it was given.</param>
internal readonly record struct LaneTurn(Trust Trust);
