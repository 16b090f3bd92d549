using Posthorn.Tests.Support;

namespace Posthorn.Tests.Profiles;

/// <summary>Which profile an endpoint gets that names only event types.</summary>
public class ProfileFamilyTests
{
    [Theory]
    [InlineData("job.completed", "proposal")]
    [InlineData("job.created,document.created", "proposal")]
    [InlineData("document.uploaded,document.deleted", "file-conversion")]
    [InlineData("task_started,task_progress", "morag-task")]
    [InlineData("stage_completed", "morag-stage")]
    [InlineData("step_failed", "morag-step")]
    [InlineData("batch.completed", "papr-batch")]
    [InlineData("job.completed,document.uploaded", null)]
    [InlineData("job.*", null)]
    [InlineData("*", null)]
    [InlineData("Job.Completed", null)]
    [InlineData("thing.happened", null)]
    public void The_family_of_types_is_the_profile_that_has_them_all(string types, string? family) => (Given.Catalog().FamilyOf(types.Split(','))?.Name).ShouldBe(family);

    [Fact]
    public void No_types_have_no_family() => Given.Catalog().FamilyOf([]).ShouldBeNull();

    [Fact]
    public void A_built_in_family_comes_before_those_that_extend_it() =>
        Given.Catalog(("profiles:a:extends", "proposal"), ("profiles:z:extends", "proposal")).FamilyOf(["job.completed"]).ShouldNotBeNull().Name.ShouldBe("proposal");

    [Fact]
    public void A_configured_family_is_found() =>
        Given.Catalog(("profiles:mine:events:0", "invoice.paid"), ("profiles:mine:events:1", "invoice.sent")).FamilyOf(["invoice.sent"]).ShouldNotBeNull().Name.ShouldBe("mine");

    [Fact]
    public void Two_configured_families_with_the_same_types_are_none() =>
        Given.Catalog(("profiles:a:events", "invoice.paid"), ("profiles:b:events", "invoice.paid")).FamilyOf(["invoice.paid"]).ShouldBeNull();
}
