using Posthorn.Sending;
using Posthorn.Worker.Composition;

namespace Posthorn.Tests.Worker;

public class DescriptorBudgetTests
{
    [Fact]
    public void Fault_64_the_reserve_is_never_given_away()
    {
        var open = 10;
        var budget = new DescriptorBudget(110, () => open);

        var taken = 0;
        Should.Throw<LocalLimitException>(() =>
        {
            for (; ; taken++)
            {
                budget.Take();
                open++;
            }
        }).Message.ShouldContain("110");

        taken.ShouldBe(110 - 10 - DescriptorBudget.Reserve);
    }

    [Fact]
    public void Fault_64_a_descriptor_that_comes_free_is_given_again()
    {
        var open = 110;
        var budget = new DescriptorBudget(110, () => open);
        Should.Throw<LocalLimitException>(budget.Take);

        open = 110 - DescriptorBudget.Reserve - 1;

        Should.NotThrow(budget.Take);
    }

    [Fact]
    public void It_counts_now_and_then_only()
    {
        var counts = 0;
        var budget = new DescriptorBudget(1_000_000, () => ++counts);

        for (var i = 0; i < 1000; i++) budget.Take();

        counts.ShouldBe(1);
    }

    [Theory]
    [InlineData(1024, 224, 200)]
    [InlineData(1_000_000, 224, 1000)]
    [InlineData(int.MaxValue, 0, 1000)]
    [InlineData(256, 256, 1)]
    public void The_api_has_a_share(int limit, int open, int share) => new DescriptorBudget(limit, () => open).ForApi(1000).ShouldBe(share);

    [Theory]
    [InlineData("Max open files            1024                 4096                 files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", int.MaxValue)]
    [InlineData("Max locked memory         8388608              8388608              bytes     ", int.MaxValue)]
    public void The_limit_is_read_as_linux_writes_it(string line, int limit) => DescriptorBudget.ReadLimit(["Limit                     Soft Limit           Hard Limit           Units     ", line]).ShouldBe(limit);
}
