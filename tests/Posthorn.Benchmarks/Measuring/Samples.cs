using System.Diagnostics;

namespace Posthorn.Benchmarks.Measuring;

/// <summary>What numbers say together.</summary>
internal static class Samples
{
    /// <summary>The nearest-rank percentile: a value that was measured, and never one between two.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="percent">Above 0, at most 100.</param>
    public static double Percentile(IEnumerable<double> values, double percent)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? throw new BenchmarkException("There is nothing to take a percentile of.") : sorted[(int)Math.Ceiling(sorted.Count * percent / 100) - 1];
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? throw new BenchmarkException("There is nothing to take a median of.") : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>Milliseconds between two stamps of the monotonic clock.</summary>
    public static double Milliseconds(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;
}
