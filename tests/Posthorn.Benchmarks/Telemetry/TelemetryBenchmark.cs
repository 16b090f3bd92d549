using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Telemetry;

/// <summary>
/// Two workers, one with nobody who looks and one with an OTLP endpoint that takes everything: every span, every metric, every line of the
/// log. They take turns at backlogs, in alternating order, so that what grows, wears off or happens beside them meets both.
/// </summary>
internal sealed class TelemetryBenchmark(int messages, int rounds)
{
    private const int WarmUps = 4; // The compiler is done with both: what exports has more to compile.

    public async Task<TelemetryReport> RunAsync(CancellationToken cancellation)
    {
        await using var off = await TelemetryRun.StartAsync(isOn: false, cancellation);
        await using var on = await TelemetryRun.StartAsync(isOn: true, cancellation);
        for (var warmUp = 1; warmUp <= WarmUps; warmUp++)
            foreach (var run in new[] { off, on }) await run.MeasureAsync(-warmUp, messages, cancellation);

        var each = new List<TelemetryRound>();
        for (var round = 1; round <= rounds; round++)
        {
            var first = await (round % 2 == 0 ? on : off).MeasureAsync(round, messages, cancellation);
            var second = await (round % 2 == 0 ? off : on).MeasureAsync(round, messages, cancellation);
            var (without, with) = round % 2 == 0 ? (second, first) : (first, second);
            Report.Note($"round {round}: off {without.PerSecond:0} a second, {without.CpuMs:0.000} ms of processor each; on {with.PerSecond:0}, {with.CpuMs:0.000} ms, {with.Exports} exports");
            if (without.Exports > 0 || with.Exports == 0) throw new BenchmarkException("What was to be exported was not, or the other way round.");
            each.Add(TelemetryRound.Of(without, with));
        }

        return TelemetryReport.Of(messages, each);
    }
}
