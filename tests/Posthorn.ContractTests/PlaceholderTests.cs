namespace Posthorn.ContractTests;

public class PlaceholderTests
{
    [Fact]
    public void One_is_one() => 1.ShouldBe(1);
}
