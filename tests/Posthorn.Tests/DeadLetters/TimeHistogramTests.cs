using Posthorn.DeadLetters;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters;

public class TimeHistogramTests
{
    private const int Most = 40;

    public static TheoryData<string, double> OrdersAndSpans
    {
        get
        {
            var data = new TheoryData<string, double>();
            foreach (var order in new[] { "ascending", "descending", "random" })
                foreach (var seconds in new[] { 1, 100, 3600, 86_400.5, 3e6, 3e8, 3e9 })
                    data.Add(order, seconds);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(OrdersAndSpans))]
    public void In_any_order_and_over_any_time_none_is_lost_and_the_columns_cover_the_time(string order, double seconds)
    {
        var chance = new Random(1);
        var times = Enumerable.Range(0, 1000).Select(_ => Given.Now.AddSeconds(chance.NextDouble() * seconds)).Append(Given.Now).Append(Given.Now.AddSeconds(seconds)).ToList();
        times = order switch { "ascending" => [.. times.Order()], "descending" => [.. times.OrderDescending()], _ => times };

        var (columns, width) = Read(times);

        columns.Sum().ShouldBe(times.Count);
        columns.Count.ShouldBeInRange(1, Most);
        (columns[0] > 0 && columns[^1] > 0).ShouldBeTrue("It begins and ends where there is something.");
        (columns.Count * width).TotalSeconds.ShouldBeGreaterThan(seconds);
        ((columns.Count - 2) * width).TotalSeconds.ShouldBeLessThanOrEqualTo(seconds + 1);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(7_000)]
    [InlineData(100_000)]
    [InlineData(30_000_000)]
    public void What_comes_in_another_order_is_not_told_more_coarsely_than_it_has_to(int seconds)
    {
        var chance = new Random(2);
        for (var round = 0; round < 200; round++)
        {
            // Wherever on the calendar it lies.
            var start = Given.Now.AddSeconds(chance.Next(1_000_000_000));
            var times = Enumerable.Range(0, 11).Select(i => start.AddSeconds(i * (seconds / 10.0))).ToList();

            Read([.. times.OrderDescending()]).Columns.Count.ShouldBeGreaterThanOrEqualTo(10);
            Read([.. times.OrderBy(_ => chance.Next())]).Columns.Count.ShouldBeGreaterThanOrEqualTo(10);
        }
    }

    [Fact]
    public void One_time_is_one_column_of_a_second() => ShouldBe(Read([Given.Now]), [1], TimeSpan.FromSeconds(1));

    [Fact]
    public void Many_at_one_time_are_one_column() => ShouldBe(Read([Given.Now, Given.Now, Given.Now.AddMilliseconds(900)]), [3], TimeSpan.FromSeconds(1));

    [Fact]
    public void Each_column_is_as_wide_as_it_says()
    {
        ShouldBe(Read([Given.Now, Given.Now.AddSeconds(1), Given.Now.AddSeconds(3), Given.Now.AddSeconds(3)]), [1, 1, 0, 2], TimeSpan.FromSeconds(1));
        ShouldBe(Read([Given.Now, Given.Now.AddSeconds(1), Given.Now.AddSeconds(5)], most: 3), [2, 0, 1], TimeSpan.FromSeconds(2));
        ShouldBe(Read([Given.Now, Given.Now.AddSeconds(5)], most: 1), [2], TimeSpan.FromSeconds(6));
    }

    [Fact]
    public void The_first_and_the_last_of_all_times_fit_into_one()
    {
        foreach (var times in new DateTimeOffset[][] { [DateTimeOffset.MinValue, Given.Now, DateTimeOffset.MaxValue], [DateTimeOffset.MaxValue, Given.Now, DateTimeOffset.MinValue] })
        {
            var (columns, width) = Read(times);
            (columns.Sum(), width.TotalDays > 50_000).ShouldBe((3, true));
        }
    }

    [Fact]
    public void A_time_with_an_offset_is_the_same_time() => Read([Given.Now, Given.Now.ToOffset(TimeSpan.FromHours(9))]).Columns.ShouldBe([2]);

    [Fact]
    public void Nothing_is_no_column() => Read([]).Columns.ShouldBeEmpty();

    private static (IReadOnlyList<long> Columns, TimeSpan Width) Read(IReadOnlyList<DateTimeOffset> times, int most = Most)
    {
        var histogram = new TimeHistogram();
        foreach (var time in times) histogram.Add(time);
        return histogram.Read(most);
    }

    private static void ShouldBe((IReadOnlyList<long> Columns, TimeSpan Width) actual, long[] columns, TimeSpan width)
    {
        actual.Columns.ShouldBe(columns);
        actual.Width.ShouldBe(width);
    }
}
