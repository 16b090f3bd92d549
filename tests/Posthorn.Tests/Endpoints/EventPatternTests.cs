using Posthorn.Endpoints;
using Posthorn.Events;

namespace Posthorn.Tests.Endpoints;

public class EventPatternTests
{
    [Theory]
    [InlineData("job.completed", "job.completed", true)]
    [InlineData("job.completed", "job.completed.late", false)]
    [InlineData("job.completed", "Job.Completed", false)]
    [InlineData("job.completed", "job", false)]
    [InlineData("job.*", "job.completed", true)]
    [InlineData("job.*", "job.completed.late", true)]
    [InlineData("job.*", "job", false)]
    [InlineData("job.*", "jobs.completed", false)]
    [InlineData("job.*", "JOB.completed", false)]
    [InlineData("job.a.*", "job.b.c", false)]
    [InlineData("*", "anything", true)]
    [InlineData("*", "any.thing.at.all", true)]
    public void A_pattern_takes_these_types(string pattern, string type, bool takes) => EventPattern.Takes(pattern, type, isOperational: false).ShouldBe(takes);

    [Theory]
    [InlineData("*", false)]
    [InlineData("endpoint.*", true)]
    [InlineData("endpoint.disabled", true)]
    [InlineData("endpoint.recovered", false)]
    public void An_operational_event_is_taken_by_name_and_not_by_the_star_alone(string pattern, bool takes) =>
        EventPattern.Takes(pattern, OperationalTypes.EndpointDisabled, isOperational: true).ShouldBe(takes);

    [Theory]
    [InlineData("*")]
    [InlineData("a")]
    [InlineData("job.*")]
    [InlineData("job.completed")]
    [InlineData("a/b-c_d:e.*")]
    public void These_are_patterns(string text) => EventPattern.IsPattern(text).ShouldBeTrue();

    [Theory]
    [InlineData("")]
    [InlineData(".*")]
    [InlineData("**")]
    [InlineData("*.completed")]
    [InlineData("job*")]
    [InlineData("job.*.late")]
    [InlineData("job.*.*")]
    [InlineData("job completed")]
    [InlineData("jöb.completed")]
    [InlineData("job\ncompleted")]
    public void These_are_no_patterns(string text) => EventPattern.IsPattern(text).ShouldBeFalse();

    [Fact]
    public void A_pattern_names_a_type_of_at_most_128_characters()
    {
        EventPattern.IsPattern(new string('t', 128)).ShouldBeTrue();
        EventPattern.IsPattern(new string('t', 128) + ".*").ShouldBeTrue();
        EventPattern.IsPattern(new string('t', 129)).ShouldBeFalse();
        EventPattern.IsPattern(new string('t', 129) + ".*").ShouldBeFalse();
    }
}
