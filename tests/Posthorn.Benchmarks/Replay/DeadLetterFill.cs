using System.Diagnostics;
using Posthorn.Benchmarks.Processes;
using Posthorn.Benchmarks.Reporting;
using Posthorn.Sqlite;

namespace Posthorn.Benchmarks.Replay;

/// <summary>Puts dead letters into a queue's file, as an import does.</summary>
internal static class DeadLetterFill
{
    private const int BatchSize = 500;
    private const int UnderWay = 4; // The writer takes what waits into one commit.

    /// <summary>Fills the queue of a workbench, which nobody else has open.</summary>
    public static async Task RunAsync(Workbench bench, IReadOnlyList<Uri> destinations, int count, int payload, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = bench.QueueFile }, TimeProvider.System);
        var mail = new DeadMail(bench.QueueFile, destinations, count, payload);
        var importing = new Queue<Task<IReadOnlyList<bool>>>();
        foreach (var batch in Enumerable.Range(0, count).Chunk(BatchSize))
        {
            if (importing.Count == UnderWay) Check(await importing.Dequeue());
            importing.Enqueue(queue.DeadLetters.ImportAsync([.. batch.Select(mail.Of)], cancellation));
        }

        foreach (var last in importing) Check(await last);
        Report.Note($"{count} dead letters filled in within {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s, {new FileInfo(bench.QueueFile).Length / 1_000_000} MB");
    }

    private static void Check(IReadOnlyList<bool> added)
    {
        if (added.Contains(false)) throw new BenchmarkException("A dead letter was not filled in.");
    }
}
