using Posthorn.Sending;

namespace Posthorn.Lanes;

/// <summary>What became of a message in its lane.</summary>
public abstract record Passage
{
    private Passage()
    {
    }

    /// <summary>It had its turn.</summary>
    /// <param name="Result">What happened.</param>
    public sealed record Sent(SendResult Result) : Passage;

    /// <summary>The lane could not take it now, and nothing was sent.</summary>
    /// <param name="Until">When to come back.</param>
    public sealed record Later(DateTimeOffset Until) : Passage;
}
