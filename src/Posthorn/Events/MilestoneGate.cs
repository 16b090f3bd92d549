using Posthorn.Profiles;

namespace Posthorn.Events;

/// <summary>Lets the first event at or past each milestone through.</summary>
public sealed class MilestoneGate(IThrottleStore store, TimeProvider clock)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    /// <summary>Whether the event is the first at or past a milestone; one without progress always passes.</summary>
    /// <exception cref="StoreUnavailableException">Nobody knows now.</exception>
    public async Task<bool> PassesAsync(string key, ThrottleRule.Milestones rule, WebhookEvent webhookEvent)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(webhookEvent);
        if (EventData.Number(webhookEvent.Data, rule.Progress) is not { } progress) return true;
        var passed = rule.At.Where(milestone => milestone <= progress).ToList();
        return passed.Count > 0 && await store.ClaimMilestonesAsync(key, passed, webhookEvent.Id, clock.GetUtcNow() + Remembered, CancellationToken.None);
    }
}
