using System.Diagnostics;

namespace Posthorn.ServiceBusDouble;

/// <summary>
/// Waits for what an entity may give. How long is real time, whatever the namespace's clock; it wakes at once for new messages, and when that
/// clock brings something about.
/// </summary>
internal static class Waiting
{
    private static readonly TimeSpan LongestNap = TimeSpan.FromDays(1); // A timer takes no more than 49 days.

    /// <summary>Tries, under the gate, until there is an answer; null when there was none in time.</summary>
    public static async Task<T?> ForAsync<T>(
        InMemoryNamespace space, string path, Func<BrokerEntity, T?> attempt, TimeSpan atMost, CancellationToken cancellationToken)
        where T : class
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            Task ring;
            DateTimeOffset? news;
            lock (space.Gate)
            {
                var entity = space.Entity(path);
                if (attempt(entity) is { } answer) return answer;
                (ring, news) = (entity.Bell.Next, entity.Queue.NextNews);
            }

            var left = atMost - Stopwatch.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return null;
            await NapAsync(ring, Bounded(left), news - space.Now, space.Clock, cancellationToken);
        }
    }

    private static async Task NapAsync(Task ring, TimeSpan atMost, TimeSpan? untilNews, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var awake = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> causes = [ring, Task.Delay(atMost, awake.Token)];
        if (untilNews is { } time) causes.Add(Task.Delay(Bounded(time), clock, awake.Token));
        await Task.WhenAny(causes);
        await Task.Yield(); // Not on the thread that advances the clock, or sends.
        await awake.CancelAsync();
        Require.NotCancelled(cancellationToken);
    }

    private static TimeSpan Bounded(TimeSpan time) => time < TimeSpan.Zero ? TimeSpan.Zero : time > LongestNap ? LongestNap : time;
}
