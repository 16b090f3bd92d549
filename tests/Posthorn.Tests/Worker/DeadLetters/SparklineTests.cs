using System.Globalization;
using Posthorn.Worker.CommandLine.DeadLetters;

namespace Posthorn.Tests.Worker.DeadLetters;

public class SparklineTests
{
    [Theory]
    [InlineData("1", "█")]
    [InlineData("0 1 2 3 4 5 6 7 8", " ▁▂▃▄▅▆▇█")]
    [InlineData("1 1000", "▁█")]
    [InlineData("0 0 5", "  █")]
    [InlineData("0 0", "  ")]
    [InlineData("1 1000000000000000000", "▁█")]
    public void The_largest_count_is_the_tallest_bar_and_only_nothing_is_blank(string counts, string bars)
    {
        Sparkline.Of([.. counts.Split(' ').Select(count => long.Parse(count, CultureInfo.InvariantCulture))]).ShouldBe(bars);
    }

    [Theory]
    [InlineData(1, "1 s")]
    [InlineData(32, "32 s")]
    [InlineData(64, "1.1 min")]
    [InlineData(3600, "1 h")]
    [InlineData(5400, "1.5 h")]
    [InlineData(86_400 * 2.5, "2.5 d")]
    public void A_width_is_said_as_a_person_says_it(double seconds, string shown) => Sparkline.Shown(TimeSpan.FromSeconds(seconds)).ShouldBe(shown);
}
