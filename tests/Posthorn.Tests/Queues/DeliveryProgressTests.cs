using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Queues;

public class DeliveryProgressTests
{
    [Fact]
    public void Nothing_tried_yet_is_before_the_first_attempt()
    {
        DeliveryProgress.None.NextAttempt.ShouldBe(1);
        DeliveryProgress.None.Attempts.ShouldBeEmpty();
    }

    [Fact]
    public void An_attempt_is_counted_and_kept()
    {
        var progress = DeliveryProgress.None.After(Attempt(1)).After(Attempt(2));

        (progress.AttemptsMade, progress.NextAttempt).ShouldBe((2, 3));
        progress.Attempts.Select(attempt => attempt.Number).ShouldBe([1, 2]);
    }

    [Fact]
    public void Of_a_long_history_the_first_and_the_newest_are_kept()
    {
        var progress = Enumerable.Range(1, 100).Aggregate(DeliveryProgress.None, (before, number) => before.After(Attempt(number)));

        progress.AttemptsMade.ShouldBe(100);
        progress.Attempts.Count.ShouldBe(DeliveryProgress.MaxRecords);
        progress.Attempts.Select(attempt => attempt.Number).ShouldBe([1, .. Enumerable.Range(78, 23)]);
    }

    [Fact]
    public void The_attempts_travel_as_JSON()
    {
        var attempts = new[] { Attempt(1), new AttemptRecord { Number = 2, At = Given.Now, DurationMs = 7, Error = "Timeout", Detail = "é\n\"" } };
        var progress = new DeliveryProgress { Attempts = attempts };

        DeliveryProgress.AttemptsFromJson(progress.AttemptsToJson()).ShouldBe(attempts);
        progress.AttemptsToJson().ShouldStartWith("""[{"number":1,"at":"2024-03-21T15:30:45+00:00","duration_ms":12,"status":500}""");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("[{}]")]
    [InlineData("[1]")]
    [InlineData("[{\"number\":99999999999,\"at\":\"2024-03-21T15:30:45Z\",\"duration_ms\":1}]")]
    [InlineData("[{\"number\":1,\"at\":\"yesterday\",\"duration_ms\":1}]")]
    [InlineData("[{\"number\":1,\"at\":\"2024-03-21T15:30:45Z\",\"duration_ms\":1,\"error\":\"\\ud800\"}]")]
    [InlineData("[[[[")]
    public void Fault_53_a_history_that_cannot_be_read_is_empty(string? json) => DeliveryProgress.AttemptsFromJson(json).ShouldBeEmpty();

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void Fault_53_a_negative_count_gives_an_attempt_that_the_schedule_takes(int made) =>
        Given.Profile("standard").Retry.DelayAfter(new DeliveryProgress { AttemptsMade = made }.NextAttempt, new Random(1)).ShouldNotBeNull();

    private static AttemptRecord Attempt(int number) => new() { Number = number, At = Given.Now, DurationMs = 12, Status = 500 };
}
