using Posthorn.Profiles;
using Posthorn.Queues;

namespace Posthorn.DeadLetters.Replaying;

/// <summary>
/// Which dead letters can be put back, and with which deadline. One whose deadline has passed would die again at once, or be dropped by
/// its profile and lost: it is left, unless it gets a fresh one. An event that has not reached its endpoints cannot go elsewhere.
/// </summary>
public sealed class ReplayFitness(ReplayOptions options, ProfileCatalog profiles, TimeProvider clock)
{
    /// <summary>Whether it can be put back.</summary>
    public bool IsFit(DeadLetterSummary letter)
    {
        ArgumentNullException.ThrowIfNull(letter);
        return !IsExpired(letter) && !(letter.Facts.IsEvent && options.To is not null);
    }

    /// <summary>Whether its deadline has passed and it gets no other.</summary>
    public bool IsExpired(DeadLetterSummary letter)
    {
        ArgumentNullException.ThrowIfNull(letter);
        if (options.ResetExpiry || letter.Facts.IsEvent) return false;
        var (facts, accepted) = (options.Instead is { } edited ? DeadLetterFacts.Of(edited) : letter.Facts, letter.EnqueuedAt);
        return (facts.ExpiresAt ?? ProfileOf(facts.Profile).Deadline(accepted, accepted)) <= clock.GetUtcNow(); // What brings no deadline has its profile's, from then on.
    }

    /// <summary>Divides letters into those that get the same changes.</summary>
    public IEnumerable<(IReadOnlyList<DeadLetterSummary> Letters, ReplayChanges Changes)> Alike(IReadOnlyList<DeadLetterSummary> letters, string run)
    {
        var changes = new ReplayChanges { Run = run, To = options.To, Instead = options.Instead };
        if (!options.ResetExpiry) return [(letters, changes)];
        return letters.GroupBy(letter => letter.Facts.Profile).Select(alike => ((IReadOnlyList<DeadLetterSummary>)[.. alike], changes with { Deadline = FreshDeadline(alike.Key) }));
    }

    /// <summary>The deadline of what is accepted now; of a profile that has none the end of time, as there may be an old one to replace.</summary>
    private DateTimeOffset FreshDeadline(string? profile)
    {
        var now = clock.GetUtcNow();
        return ProfileOf(profile).Deadline(now, now) ?? DateTimeOffset.MaxValue;
    }

    private Profile ProfileOf(string? name) => profiles.GetOrStandard(name ?? BuiltInProfiles.DefaultName);
}
