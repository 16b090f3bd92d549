using System.Collections.Concurrent;

[assembly: AssemblyFixture(typeof(Posthorn.ContractTests.Queues.FactTally))]

namespace Posthorn.ContractTests.Queues;

/// <summary>
/// Counts the facts about the queue port by adapter, and tells the counts when all have run: that an adapter was left out must show. The
/// console shows diagnostic messages only, as the test process's own output is the runner's.
/// </summary>
public sealed class FactTally : IDisposable
{
    private static readonly ConcurrentDictionary<string, int> Passed = new(StringComparer.Ordinal);
    private static int _skipped;

    /// <summary>Notes how a fact over an adapter ended; an adapter's own facts, which are about it alone, do not count.</summary>
    internal static void Note(string adapter, ITestContext context)
    {
        if (context.TestMethod is not Xunit.v3.IXunitTestMethod { Method.DeclaringType.IsAbstract: true }) return;
        if (context.TestState?.Result == TestResult.Passed) Passed.AddOrUpdate(adapter, 1, (_, before) => before + 1);
        else if (context.TestState?.Result == TestResult.Skipped) Interlocked.Increment(ref _skipped);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Passed.IsEmpty) TestContext.Current.SendDiagnosticMessage(Line());
    }

    private static string Line()
    {
        var counts = Passed.OrderBy(count => count.Key, StringComparer.Ordinal).Select((count, i) => i == 0 ? $"{count.Value} facts passed over {count.Key}" : $"{count.Value} over {count.Key}");
        return $"Queue port: {string.Join(", ", counts)}, {_skipped} skipped";
    }
}
