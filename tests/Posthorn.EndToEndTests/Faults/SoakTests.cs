using System.Diagnostics;
using System.Text.Json;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>The soak of the benchmarks, which is built beside the tests, for a few seconds; the long one is a command of its own.</summary>
[Collection(Alone.Name)]
public sealed class SoakTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150); // It gives up by itself before, and says why.

    /// <summary>This seed plans a death at a fail point, a kill and a SIGTERM first; a slow machine comes less far.</summary>
    [Fact]
    public async Task Fault_70_a_short_soak_loses_nothing()
    {
        using var soak = Start("soak", "--seconds", "4", "--seed", "2848", "--json");
        try
        {
            var (report, notes) = await ReadAsync(soak);
            output.WriteLine($"{report}\n{notes}");

            soak.ExitCode.ShouldBe(0, notes);
            using var counts = JsonDocument.Parse(report);
            CountOf(counts, "accepted").ShouldBeGreaterThan(0);
            CountOf(counts, "kills").ShouldBeGreaterThan(0);
            CountOf(counts, "lost").ShouldBe(0);
            CountOf(counts, "accepted").ShouldBe(CountOf(counts, "delivered") + CountOf(counts, "dead") + CountOf(counts, "pending"));
        }
        finally
        {
            if (!soak.HasExited) soak.Kill(); // What it had started goes with it.
        }
    }

    private static Process Start(params string[] args)
    {
        var executable = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Posthorn.Benchmarks.exe" : "Posthorn.Benchmarks");
        var start = new ProcessStartInfo(executable, args) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start) ?? throw new InvalidOperationException("The soak did not start.");
    }

    private static async Task<(string Report, string Notes)> ReadAsync(Process soak)
    {
        using var deadline = new CancellationTokenSource(Patience);
        var (report, notes) = (soak.StandardOutput.ReadToEndAsync(deadline.Token), soak.StandardError.ReadToEndAsync(deadline.Token));
        await soak.WaitForExitAsync(deadline.Token);
        return (await report, await notes);
    }

    private static int CountOf(JsonDocument counts, string name) => counts.RootElement.GetProperty(name).GetInt32();
}
