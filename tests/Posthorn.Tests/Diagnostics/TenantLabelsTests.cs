using Posthorn.Diagnostics;

namespace Posthorn.Tests.Diagnostics;

public sealed class TenantLabelsTests
{
    [Fact]
    public void No_tenant_is_told_unless_it_is_asked_for() => new TenantLabels(0).Of("a").ShouldBeNull();

    [Fact]
    public void The_first_few_get_their_own_label_and_the_others_share_one()
    {
        var labels = new TenantLabels(2);

        new[] { "a", "b", "c", "a", "d", null }.Select(labels.Of).ShouldBe(["a", "b", "other", "a", "other", "none"]);
    }
}
