using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Posthorn.Benchmarks.Processes;

/// <summary>
/// Another process of this executable that is told of every worker started, and kills those that are left when the benchmark is gone,
/// also one that was killed itself: its end of the pipe closes then, whatever ended it.
/// </summary>
internal sealed class Guardian : IAsyncDisposable
{
    private readonly Process _process = OwnProcess.Start([GuardCommand.Verb], isOutputWanted: false);

    public Task GuardAsync(int processId) => SayAsync($"+{processId}");

    public Task ForgetAsync(int processId) => SayAsync($"-{processId}");

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }
}

/// <summary>The hidden verb behind the <see cref="Guardian"/>.</summary>
internal static class GuardCommand
{
    public const string Verb = "guard";

    public static Command Create()
    {
        var command = new Command(Verb) { Hidden = true };
        command.SetAction((_, _) => GuardAsync());
        return command;
    }

    private static async Task<int> GuardAsync()
    {
        // A signal to the whole process group is for the benchmark to answer; this one ends after it.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => signal.Cancel = true);
        var guarded = new HashSet<int>();
        while (await Console.In.ReadLineAsync() is { Length: > 1 } line)
        {
            var id = int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
            if (line[0] == '+') guarded.Add(id);
            else guarded.Remove(id);
        }

        foreach (var id in guarded) Kill(id);
        return BenchmarkCommand.Done;
    }

    private static void Kill(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            process.Kill();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            // It ended by itself.
        }
    }
}
