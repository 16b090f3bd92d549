using System.CommandLine;

namespace Posthorn.Benchmarks;

/// <summary>The option to see that a benchmark works, rather than what it measures.</summary>
internal static class QuickOption
{
    public static Option<bool> Create() => new("--quick") { Description = "As little as shows that it works; not for figures" };
}
