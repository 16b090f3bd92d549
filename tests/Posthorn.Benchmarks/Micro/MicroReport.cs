using System.Text.Json.Serialization;
using BenchmarkDotNet.Reports;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Micro;

/// <summary>One step.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Ns">Nanoseconds, the mean of the iterations.</param>
/// <param name="ErrorNs">Their standard error.</param>
/// <param name="AllocatedBytes">What it allocates.</param>
internal sealed record MicroStep(string Name, double Ns, double ErrorNs, long AllocatedBytes);

/// <summary>The steps.</summary>
internal sealed record MicroReport(IReadOnlyList<MicroStep> Steps)
{
    public static MicroReport Of(Summary summary) => new([.. summary.Reports.Select(Of)]);

    private static MicroStep Of(BenchmarkReport report)
    {
        var name = report.BenchmarkCase.Descriptor.WorkloadMethod.Name;
        if (report.ResultStatistics is not { } figures) throw new BenchmarkException($"{name} was not measured.");
        return new MicroStep(name, Report.Rounded(figures.Mean), Report.Rounded(figures.StandardError), report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(MicroReport))]
internal sealed partial class MicroJson : JsonSerializerContext;
