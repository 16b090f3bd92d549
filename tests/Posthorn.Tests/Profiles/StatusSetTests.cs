using Posthorn.Profiles;

namespace Posthorn.Tests.Profiles;

public class StatusSetTests
{
    [Theory]
    [InlineData(199, false)]
    [InlineData(200, true)]
    [InlineData(299, true)]
    [InlineData(300, false)]
    [InlineData(410, true)]
    [InlineData(411, false)]
    [InlineData(0, false)]
    [InlineData(-1, false)]
    public void A_set_holds_its_ranges_to_both_ends(int status, bool held) => StatusSet.Parse("200-299", "410").Contains(status).ShouldBe(held);

    [Theory]
    [InlineData("")]
    [InlineData("2xx")]
    [InlineData("99")]
    [InlineData("600")]
    [InlineData("300-200")]
    [InlineData("200-")]
    [InlineData("-200")]
    [InlineData("200-300-400")]
    [InlineData("٢٠٠")]
    public void What_is_no_range_is_named(string text)
    {
        StatusSet.TryParse(["200", text], out _, out var bad).ShouldBeFalse();
        bad.ShouldBe(text);
    }

    [Fact]
    public void A_set_is_written_as_it_is_read() => StatusSet.Parse("200 - 299", "410").ToTexts().ShouldBe(["200-299", "410"]);
}
