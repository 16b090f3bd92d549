using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Micro;

/// <summary><c>micro</c>: the steps of a message by themselves, with BenchmarkDotNet. It measures a Release build only.</summary>
internal static class MicroCommand
{
    private static readonly Option<bool> Long = new("--long") { Description = "BenchmarkDotNet's usual job, which takes minutes; without it a short one" };
    private static readonly Option<bool> Quick = QuickOption.Create();
    private static readonly Option<bool> Json = new("--json") { Description = "One JSON object" };

    public static Command Create()
    {
        var command = new Command("micro", "Signing, parsing, lane admission, policy: nanoseconds and allocations") { Long, Quick, Json };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var job = parsed.GetValue(Quick) ? Job.Dry : parsed.GetValue(Long) ? Job.Default : Job.ShortRun;
        var folder = Directory.CreateTempSubdirectory("posthorn-micro-").FullName;
        var config = ManualConfig.CreateEmpty()
            .AddJob(job.WithToolchain(InProcessEmitToolchain.Instance)) // In this process: nothing is built anew.
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddLogger(NullLogger.Instance)
            .WithArtifactsPath(folder)
            .WithOptions(ConfigOptions.DisableLogFile);
        try
        {
            var summary = BenchmarkRunner.Run<MicroBenchmarks>(config);
            if (summary.HasCriticalValidationErrors) throw new BenchmarkException(string.Join('\n', summary.ValidationErrors.Select(error => error.Message)));
            Report.Write(MicroReport.Of(summary), MicroJson.Default.MicroReport, parsed.GetValue(Json));
            return BenchmarkCommand.Done;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
