using Posthorn.Retrying;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Retrying;

public class RetryScheduleTests
{
    [Theory]
    [InlineData("standard", "5 300 1800 7200 18000 36000 50400 72000 86400")]
    [InlineData("file-conversion", "5 300 1800 7200 18000 36000 50400 72000 86400")]
    [InlineData("morag-stage", "5 10 20")]
    [InlineData("morag-step", "5 10 20")]
    [InlineData("morag-task", "5 10 20")]
    [InlineData("papr-batch", "1 2 4 8 16")]
    [InlineData("proposal", "1 2 4 8 16")]
    public void The_waits_of_a_profile_are_these_seconds(string profile, string seconds) =>
        string.Join(' ', Given.Profile(profile).Retry.Delays.Select(delay => delay.TotalSeconds)).ShouldBe(seconds);

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.9)]
    public void Jitter_stays_within_its_bounds_and_fills_them(double jitter)
    {
        var chance = new Random(1);
        var schedule = RetrySchedule.Listed([TimeSpan.FromSeconds(100)], jitter);
        var waits = Enumerable.Range(0, 10_000).Select(_ => schedule.DelayAfter(1, chance).ShouldNotBeNull().TotalSeconds).ToList();

        waits.Min().ShouldBeInRange(100 * (1 - jitter), (100 * (1 - jitter)) + 1);
        waits.Max().ShouldBeInRange((100 * (1 + jitter)) - 1, 100 * (1 + jitter));
        waits.Average().ShouldBeInRange(98, 102);
    }

    [Fact]
    public void No_herd_forms_at_the_end_of_the_schedule()
    {
        var chance = new Random(2);
        var schedule = RetrySchedule.Exponential(20, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

        Enumerable.Range(0, 1000).Select(_ => schedule.DelayAfter(20, chance)).Distinct().Count().ShouldBeGreaterThan(990);
    }

    [Fact]
    public void Without_jitter_the_wait_is_exact() =>
        RetrySchedule.Listed([TimeSpan.FromSeconds(7)], jitter: 0).DelayAfter(1, new Random(1)).ShouldBe(TimeSpan.FromSeconds(7));

    [Fact]
    public void An_exponential_schedule_doubles_up_to_its_cap() =>
        RetrySchedule.Exponential(6, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(20)).Delays.Select(delay => delay.TotalSeconds).ShouldBe([3, 6, 12, 20, 20, 20]);

    [Fact]
    public void A_hundred_doublings_do_not_overflow() => RetrySchedule.Exponential(100, TimeSpan.FromDays(30), TimeSpan.FromDays(30)).Delays[99].ShouldBe(TimeSpan.FromDays(30));

    [Theory]
    [InlineData(2)]
    [InlineData(int.MaxValue)]
    public void Fault_53_beyond_the_schedule_there_is_no_wait(int attempt) =>
        RetrySchedule.Listed([TimeSpan.FromSeconds(1)]).DelayAfter(attempt, new Random(1)).ShouldBeNull();

    [Fact]
    public void A_schedule_without_waits_never_retries() => RetrySchedule.Listed([]).DelayAfter(1, new Random(1)).ShouldBeNull();
}
