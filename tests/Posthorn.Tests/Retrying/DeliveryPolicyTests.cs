using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Sending;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Retrying;

public class DeliveryPolicyTests
{
    private readonly DeliveryPolicy _policy = new(new Random(1), TimeSpan.FromHours(1));

    [Theory]
    [InlineData("standard", 200, "delivered")]
    [InlineData("standard", 202, "delivered")]
    [InlineData("standard", 204, "delivered")]
    [InlineData("standard", 299, "delivered")]
    [InlineData("standard", 199, "retried")]
    [InlineData("standard", 301, "retried")]
    [InlineData("standard", 308, "retried")]
    [InlineData("standard", 400, "retried")]
    [InlineData("standard", 404, "retried")]
    [InlineData("standard", 410, "EndpointGone")]
    [InlineData("standard", 429, "retried")]
    [InlineData("standard", 500, "retried")]
    [InlineData("standard", 999, "retried")]
    [InlineData("morag-stage", 410, "EndpointGone")]
    [InlineData("morag-step", 204, "delivered")]
    [InlineData("morag-task", 500, "retried")]
    [InlineData("papr-batch", 200, "delivered")]
    [InlineData("papr-batch", 201, "delivered")]
    [InlineData("papr-batch", 202, "delivered")]
    [InlineData("papr-batch", 203, "retried")]
    [InlineData("papr-batch", 204, "retried")]
    [InlineData("papr-batch", 400, "retried")]
    [InlineData("papr-batch", 410, "retried")]
    [InlineData("file-conversion", 400, "retried")]
    [InlineData("file-conversion", 410, "EndpointGone")]
    [InlineData("proposal", 200, "delivered")]
    [InlineData("proposal", 302, "retried")]
    [InlineData("proposal", 400, "PermanentFailure")]
    [InlineData("proposal", 401, "PermanentFailure")]
    [InlineData("proposal", 408, "retried")]
    [InlineData("proposal", 410, "EndpointGone")]
    [InlineData("proposal", 425, "retried")]
    [InlineData("proposal", 429, "retried")]
    [InlineData("proposal", 499, "PermanentFailure")]
    [InlineData("proposal", 500, "retried")]
    public void Fault_33_a_status_means_this_to_a_profile(string profile, int status, string meaning)
    {
        var verdict = _policy.Decide(Given.Envelope(Given.Profile(profile)), 1, Answer(status), Given.Now);

        (verdict switch
        {
            Verdict.Delivered => "delivered",
            Verdict.Retry => "retried",
            Verdict.DeadLetter dead => dead.Reason.Name,
            _ => "dropped",
        }).ShouldBe(meaning);
    }

    [Fact]
    public void A_500_is_retried_after_the_schedule_s_wait()
    {
        var due = _policy.Decide(Given.Envelope(), 1, Answer(500), Given.Now).ShouldBeOfType<Verdict.Retry>().DueAt;

        due.ShouldBeInRange(Given.Now.AddSeconds(4), Given.Now.AddSeconds(6));
    }

    [Theory]
    [InlineData(SendError.NameResolution)]
    [InlineData(SendError.Connect)]
    [InlineData(SendError.Tls)]
    [InlineData(SendError.Timeout)]
    [InlineData(SendError.ConnectionLost)]
    [InlineData(SendError.InvalidResponse)]
    [InlineData(SendError.SecretUnavailable)]
    [InlineData(SendError.Other)]
    public void Faults_23_to_31_no_answer_is_retried(SendError error) =>
        _policy.Decide(Given.Envelope(Given.Profile("proposal")), 1, Failure(error), Given.Now).ShouldBeOfType<Verdict.Retry>();

    [Fact]
    public void Fault_30_headers_beyond_the_bounds_are_retried() =>
        _policy.Decide(Given.Envelope(), 1, Failure(SendError.InvalidResponse), Given.Now).ShouldBeOfType<Verdict.Retry>();

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public void Fault_34_a_longer_Retry_After_is_followed(int status) => DueAfter(Answer(status, TimeSpan.FromMinutes(10))).ShouldBe(TimeSpan.FromMinutes(10));

    [Fact]
    public void Fault_34_Retry_After_is_clamped() => DueAfter(Answer(429, TimeSpan.FromDays(365))).ShouldBe(TimeSpan.FromHours(1));

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-100)]
    public void Fault_34_a_Retry_After_below_the_schedule_does_not_hasten_it(int seconds) =>
        DueAfter(Answer(429, TimeSpan.FromSeconds(seconds))).ShouldBeInRange(TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6));

    [Theory]
    [InlineData("standard", 10)]
    [InlineData("morag-step", 4)]
    [InlineData("papr-batch", 6)]
    [InlineData("proposal", 6)]
    public void Fault_35_after_the_last_attempt_it_is_dead(string profile, int last)
    {
        var envelope = Given.Envelope(Given.Profile(profile));

        _policy.Decide(envelope, last - 1, Answer(500), Given.Now).ShouldBeOfType<Verdict.Retry>();
        var dead = _policy.Decide(envelope, last, Answer(500, extract: "no such table"), Given.Now).ShouldBeOfType<Verdict.DeadLetter>();

        dead.Reason.ShouldBe(DeadLetterReason.RetriesExhausted);
        dead.Description.ShouldBe($"attempt {last} of {last} failed: HTTP 500: no such table");
    }

    [Fact]
    public void Fault_55_a_secret_missing_to_the_end_is_the_reason()
    {
        var dead = _policy.Decide(Given.Envelope(), 10, Failure(SendError.SecretUnavailable), Given.Now).ShouldBeOfType<Verdict.DeadLetter>();

        dead.Reason.ShouldBe(DeadLetterReason.SecretUnavailable);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-7)]
    [InlineData(int.MinValue)]
    public void Fault_53_an_attempt_below_the_first_waits_as_the_first(int attempt) =>
        _policy.Decide(Given.Envelope(), attempt, Answer(500), Given.Now).ShouldBeOfType<Verdict.Retry>();

    [Fact]
    public void Fault_53_a_huge_attempt_is_the_last() =>
        _policy.Decide(Given.Envelope(), int.MaxValue, Answer(500), Given.Now).ShouldBeOfType<Verdict.DeadLetter>().Reason.ShouldBe(DeadLetterReason.RetriesExhausted);

    [Fact]
    public void A_refusal_is_dead_at_once_with_its_own_reason()
    {
        var refused = new SendResult.Refused(new Refusal(DeadLetterReason.BlockedAddress, "leads to 10.0.0.1")) { StartedAt = Given.Now, Duration = TimeSpan.Zero };

        _policy.Decide(Given.Envelope(), 1, refused, Given.Now).ShouldBe(new Verdict.DeadLetter(DeadLetterReason.BlockedAddress, "leads to 10.0.0.1"));
    }

    [Theory]
    [InlineData("standard", -1, "Expired")]
    [InlineData("standard", 0, "Expired")]
    [InlineData("standard", 1, "")]
    [InlineData("proposal", -1, "dropped")]
    public void Fault_16_a_passed_deadline_is_not_sent(string profile, int seconds, string meaning)
    {
        var verdict = DeliveryPolicy.BeforeSending(Given.Envelope(Given.Profile(profile), Given.Now.AddSeconds(seconds)), Given.Now);

        (verdict switch { null => "", Verdict.Drop => "dropped", Verdict.DeadLetter dead => dead.Reason.Name, _ => "?" }).ShouldBe(meaning);
    }

    [Fact]
    public void An_envelope_without_a_deadline_never_expires() => DeliveryPolicy.BeforeSending(Given.Envelope(), DateTimeOffset.MaxValue).ShouldBeNull();

    [Fact]
    public void A_deadline_before_the_next_attempt_ends_it_now()
    {
        var dead = _policy.Decide(Given.Envelope(expiresAt: Given.Now.AddSeconds(1)), 1, Answer(500), Given.Now).ShouldBeOfType<Verdict.DeadLetter>();

        dead.Reason.ShouldBe(DeadLetterReason.Expired);
        dead.Description.ShouldContain("HTTP 500");
        _policy.Decide(Given.Envelope(BuiltInProfiles.All.Single(profile => profile.Name == "proposal"), Given.Now), 1, Answer(500), Given.Now).ShouldBeOfType<Verdict.Drop>();
    }

    [Theory]
    [InlineData("standard", 200, "delivered")]
    [InlineData("standard", 410, "dropped")]
    [InlineData("standard", 500, "dropped")]
    [InlineData("standard", 429, "dropped")]
    [InlineData("proposal", 400, "dropped")]
    [InlineData("papr-batch", 204, "dropped")]
    public void A_test_is_one_attempt_and_no_dead_letter_whatever_is_answered(string profile, int status, string meaning)
    {
        var test = Given.Envelope(Given.Profile(profile), expiresAt: Given.Now.AddSeconds(1)) with { IsTest = true };

        MeaningOfTest(_policy.Decide(test, 1, Answer(status, TimeSpan.FromMinutes(1), "why"), Given.Now)).ShouldBe(meaning);
    }

    [Theory]
    [InlineData(SendError.Connect)]
    [InlineData(SendError.Timeout)]
    [InlineData(SendError.SecretUnavailable)]
    public void A_test_without_an_answer_is_over(SendError error)
    {
        var drop = _policy.Decide(Given.Envelope() with { IsTest = true }, 1, Failure(error), Given.Now).ShouldBeOfType<Verdict.Drop>();

        (drop.Reason, drop.Description).ShouldBe(("Tested", $"{error}: cause"));
    }

    [Fact]
    public void A_test_that_is_refused_is_over()
    {
        var refused = new SendResult.Refused(new Refusal(DeadLetterReason.BlockedAddress, "leads to 10.0.0.1")) { StartedAt = Given.Now, Duration = TimeSpan.Zero };

        MeaningOfTest(_policy.Decide(Given.Envelope() with { IsTest = true }, 1, refused, Given.Now)).ShouldBe("dropped");
    }

    [Fact]
    public void A_test_whose_deadline_passed_is_no_dead_letter() =>
        DeliveryPolicy.BeforeSending(Given.Envelope(expiresAt: Given.Now) with { IsTest = true }, Given.Now).ShouldBeOfType<Verdict.Drop>();

    private static string MeaningOfTest(Verdict verdict) => verdict switch { Verdict.Delivered => "delivered", Verdict.Drop { Reason: "Tested" } => "dropped", _ => verdict.GetType().Name };

    private TimeSpan DueAfter(SendResult result) => _policy.Decide(Given.Envelope(), 1, result, Given.Now).ShouldBeOfType<Verdict.Retry>().DueAt - Given.Now;

    private static SendResult.Answered Answer(int status, TimeSpan? retryAfter = null, string? extract = null) =>
        new(status, retryAfter, extract) { StartedAt = Given.Now, Duration = TimeSpan.Zero };

    private static SendResult.Failed Failure(SendError error) => new(error, "cause") { StartedAt = Given.Now, Duration = TimeSpan.Zero };
}
