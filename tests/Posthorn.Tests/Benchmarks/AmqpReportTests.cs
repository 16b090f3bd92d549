using Posthorn.Benchmarks.Amqp;

namespace Posthorn.Tests.Benchmarks;

public sealed class AmqpReportTests
{
    private readonly AmqpRound[] _rounds = [Round(100, 150, 10), Round(200, 220, 30), Round(400, 480, 20)];

    [Fact]
    public void The_ratio_is_the_median_of_the_rounds_own_and_not_that_of_the_medians()
    {
        var report = AmqpReport.Of(new AmqpBenchmarkOptions(), _rounds, missing: null);

        (report.ApiBatchPerS, report.BarePerS, report.SdkJsBatchPerS, report.Ratio).ShouldBe((200, 220, 20, 1.2));
    }

    [Fact]
    public void Without_the_SDK_there_is_a_reason_instead_of_its_figure()
    {
        var report = AmqpReport.Of(new AmqpBenchmarkOptions(), [.. _rounds.Select(round => round with { Sdk = null })], "there is no node");

        (report.SdkJsBatchPerS, report.SdkJsMissing, report.Ratio).ShouldBe((null, "there is no node", 1.2));
    }

    private static AmqpRound Round(double api, double bare, double sdk) => new(new AcceptedRun(api, 1), new AcceptedRun(bare, 1), new AcceptedRun(bare, 1), sdk);
}
