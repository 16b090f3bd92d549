using Posthorn.Benchmarks;
using Posthorn.Benchmarks.Measuring;

namespace Posthorn.Tests.Benchmarks;

public sealed class SamplesTests
{
    [Theory]
    [InlineData(50, 50)]
    [InlineData(99, 99)]
    [InlineData(99.9, 100)]
    [InlineData(100, 100)]
    [InlineData(0.1, 1)]
    public void A_percentile_is_the_nearest_rank_of_what_was_measured(double percent, double expected) =>
        Samples.Percentile(Enumerable.Range(1, 100).Reverse().Select(n => (double)n), percent).ShouldBe(expected);

    [Fact]
    public void A_percentile_of_few_values_is_one_of_them() => Samples.Percentile([7, 3], 50).ShouldBe(3);

    [Fact]
    public void A_median_of_an_even_number_lies_between_the_middle_two() => Samples.Median([1, 9, 2, 4]).ShouldBe(3);

    [Fact]
    public void A_percentile_of_nothing_is_an_error_and_no_number() => Should.Throw<BenchmarkException>(() => Samples.Percentile([], 99));

    [Fact]
    public void What_has_not_come_counts_as_late_as_it_is()
    {
        var second = System.Diagnostics.Stopwatch.Frequency;
        var sent = new Dictionary<string, (long Due, long Accepted)> { ["came"] = (0, second), ["lost"] = (0, second) };

        var late = Lateness.Of(sent, new Dictionary<string, long> { ["came"] = 2 * second }, now: 10 * second);

        late.Missing.ShouldBe(1);
        late.P50Ms.ShouldBe(1000);
        late.P99Ms.ShouldBe(9000);
        late.DueP50Ms.ShouldBe(2000);
        late.DueP999Ms.ShouldBe(10_000);
    }
}
