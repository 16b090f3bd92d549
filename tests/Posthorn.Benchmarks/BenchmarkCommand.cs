using System.CommandLine;
using Posthorn.Benchmarks.All;
using Posthorn.Benchmarks.Amqp;
using Posthorn.Benchmarks.Drain;
using Posthorn.Benchmarks.Enqueue;
using Posthorn.Benchmarks.Growth;
using Posthorn.Benchmarks.Isolation;
using Posthorn.Benchmarks.Latency;
using Posthorn.Benchmarks.Micro;
using Posthorn.Benchmarks.Processes;
using Posthorn.Benchmarks.Receiving;
using Posthorn.Benchmarks.Replay;
using Posthorn.Benchmarks.Reporting;
using Posthorn.Benchmarks.Soak;
using Posthorn.Benchmarks.Start;
using Posthorn.Benchmarks.Telemetry;

namespace Posthorn.Benchmarks;

/// <summary>The benchmarks' command line: one verb for each question, and hidden ones for the processes it starts of itself.</summary>
internal static class BenchmarkCommand
{
    public const int Done = 0;

    /// <summary>What was measured does not count, or does not hold.</summary>
    public const int Failed = 1;

    private const int WrongUse = 2;

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Measures Posthorn: real worker processes, and receivers in a process of their own.")
        {
            DrainCommand.Create(), EnqueueCommand.Create(), AmqpCommand.Create(), LatencyCommand.Create(), GrowthCommand.Create(), StartCommand.Create(),
            IsolationCommand.Create(), SoakCommand.Create(), ReplayCommand.Create(), TelemetryCommand.Create(), MicroCommand.Create(),
            AllCommand.Create(), ShowCommand.Create(),
            ReceiveCommand.Create(), GuardCommand.Create(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync(error.Message);
            return WrongUse;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
        }
        catch (Exception failure) when (failure is BenchmarkException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            return Failed;
        }
    }
}

/// <summary>A measurement that could not be made, in one line for whoever asked for it.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
