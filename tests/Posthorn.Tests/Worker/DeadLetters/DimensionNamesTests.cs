using Posthorn.DeadLetters;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Tests.Worker.DeadLetters;

public class DimensionNamesTests
{
    [Theory]
    [InlineData("reason", GroupDimensions.Reason)]
    [InlineData("cause", GroupDimensions.Reason | GroupDimensions.Status | GroupDimensions.Error)]
    [InlineData("Destination , TENANT", GroupDimensions.Destination | GroupDimensions.Tenant)]
    [InlineData("type,type", GroupDimensions.Type)]
    public void Names_are_read_with_commas_between(string text, GroupDimensions by)
    {
        DimensionNames.TryParse(text, out var read, out _).ShouldBeTrue();

        read.ShouldBe(by);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("none", "none")]
    [InlineData("colour", "colour")]
    [InlineData("reason,colour,type", "colour")]
    [InlineData("reason,", "")]
    [InlineData("1", "1")]
    [InlineData("511", "511")]
    [InlineData("-1", "-1")]
    [InlineData("reason type", "reason type")]
    public void The_first_name_that_stands_for_nothing_is_told(string text, string unknown)
    {
        DimensionNames.TryParse(text, out _, out var told).ShouldBeFalse();

        told.ShouldBe(unknown);
    }

    [Fact]
    public void Each_accepted_name_is_read_and_there_are_no_others()
    {
        var names = DimensionNames.Accepted.Split(", ");

        foreach (var name in names) DimensionNames.TryParse(name, out _, out _).ShouldBeTrue(name);
        names.ShouldBe(Enum.GetNames<GroupDimensions>().Where(name => name != "None").Select(name => name.ToLowerInvariant()), ignoreOrder: true);
    }

    [Fact]
    public void Every_combination_is_read_as_it_is_written()
    {
        for (var by = 1; by < 512; by++)
        {
            DimensionNames.TryParse(DimensionNames.Write((GroupDimensions)by), out var read, out _).ShouldBeTrue();
            read.ShouldBe((GroupDimensions)by);
        }
    }
}
