using System.Text.Json;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Waiting for a worker that cannot always answer.</summary>
internal static class OperationsExtensions
{
    /// <summary>Waits until the queue is empty; a call that is refused, or answered with an error, is made again.</summary>
    public static Task UntilQueueIsEmptyOrAwayAsync(this Harness harness) => Harness.UntilAsync(
        async () =>
        {
            try
            {
                var counts = await harness.QueueCountsAsync();
                return new[] { "active", "scheduled", "locked" }.Sum(name => counts.GetProperty(name).GetInt64()) == 0;
            }
            catch (Exception away) when (away is HttpRequestException or JsonException or KeyNotFoundException or TaskCanceledException)
            {
                return false;
            }
        },
        "the queue is empty",
        harness.DescribeProcesses);
}
