namespace Posthorn.Profiles;

/// <summary>Which of an entity's many events of one type are worth sending.</summary>
public abstract record ThrottleRule
{
    private ThrottleRule()
    {
    }

    /// <summary>The newest one of each window; the first goes out at once.</summary>
    /// <param name="Length">How long a window is.</param>
    public sealed record Window(TimeSpan Length) : ThrottleRule;

    /// <summary>The first one at or past each milestone.</summary>
    /// <param name="Progress">The field of the data that holds the progress.</param>
    /// <param name="At">The milestones, ascending, in the field's own scale.</param>
    public sealed record Milestones(string Progress, IReadOnlyList<double> At) : ThrottleRule;
}
