using Azure.Messaging.ServiceBus;
using Posthorn.Queues;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Faults;

/// <summary>
/// Tells a story again and again: each time the next one of its calls to the broker fails, refused or with its answer lost, and each time
/// the story must end well.
/// </summary>
internal static class EveryCall
{
    private const int MostCalls = 60;

    /// <summary>The ways in which it goes wrong, as the rows of a theory: sessions, answer lost, process killed.</summary>
    public static TheoryData<bool, bool, bool> Ways()
    {
        var ways = new TheoryData<bool, bool, bool>();
        bool[] both = [false, true];
        foreach (var sessions in both)
            foreach (var isLost in both)
                foreach (var isKilled in both) ways.Add(sessions, isLost, isKilled);
        return ways;
    }

    /// <summary>Tells the story until no call is left to fail.</summary>
    /// <param name="sessions">Whether the queue requires sessions.</param>
    /// <param name="isLost">Whether the call takes effect, and only its answer is lost.</param>
    /// <param name="isKilled">Whether the process ends there.</param>
    /// <param name="begin">What was before.</param>
    /// <param name="act">What is cut short.</param>
    /// <param name="end">How it goes on, and what must be so then.</param>
    public static async Task FailsOnceAsync(bool sessions, bool isLost, bool isKilled, Func<Story, Task> begin, Func<Story, Task> act, Func<Story, Task> end)
    {
        for (var n = 1; n <= MostCalls; n++)
        {
            await using var story = new Story(sessions);
            await begin(story);
            var struck = FailNth(story.Space, n, isLost, isKilled);
            var (why, failure) = ("no call failed", (Exception?)null);
            try
            {
                await act(story);
            }
            catch (Exception told) when (told is QueueUnavailableException or LockLostException)
            {
                failure = told;
            }

            var call = struck();
            story.Space.Faults.Clear();
            if (call is not null) why = $"call {n}, {call.Operation} of {string.Join(' ', call.MessageIds)}, failed: {failure?.Message ?? "nobody was told"}";
            if (isKilled) await story.CrashAsync();
            await WithCauseAsync(why, () => end(story));
            if (call is null) return;
        }
    }

    private static Func<BrokerCall?> FailNth(InMemoryNamespace space, int n, bool isLost, bool isKilled)
    {
        var calls = 0;
        BrokerCall? struck = null;
        space.Faults.Hook = call =>
        {
            // Accepting goes on for ever, in the background.
            if (call.Operation is BrokerOperation.AcceptSession or BrokerOperation.Rollback) return null;
            var number = Interlocked.Increment(ref calls);
            if (number == n) struck = call;
            var isOver = isKilled && number > n; // A dead process makes no more calls.
            if (number != n && !isOver) return null;
            return isLost && !isOver ? Fault.After(ServiceBusFailureReason.ServiceCommunicationProblem) : Fault.Before(ServiceBusFailureReason.ServiceCommunicationProblem);
        };
        return () => struck;
    }

    private static async Task WithCauseAsync(string why, Func<Task> end)
    {
        try
        {
            await end();
        }
        catch (Exception failed)
        {
            throw new InvalidOperationException($"When {why}: {failed.Message}", failed);
        }
    }
}
