using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Filtering;

public class FieldTests
{
    [Theory]
    [InlineData("reason", "RetriesExhausted", true)]
    [InlineData("reason", "retriesexhausted", true)]
    [InlineData("reason", " RetriesExhausted ", true)]
    [InlineData("reason", "Retries*", true)]
    [InlineData("reason", "*exhausted", true)]
    [InlineData("reason", "Expired", false)]
    [InlineData("reason", "HeaderSizeExceeded", false)]
    [InlineData("status", "503", true)]
    [InlineData("status", "500-599", true)]
    [InlineData("status", "500 - 502", false)]
    [InlineData("status", "5xx", true)]
    [InlineData("status", "5XX", true)]
    [InlineData("status", "4xx-5xx", true)]
    [InlineData("status", "999", false)]
    [InlineData("error", "*", false)]
    [InlineData("error", "timeout", false)]
    [InlineData("type", "job.failed", true)]
    [InlineData("type", "Job.failed", false)]
    [InlineData("type", "job.*", true)]
    [InlineData("type", "*.failed", true)]
    [InlineData("type", "*b.f*", true)]
    [InlineData("type", "job", false)]
    [InlineData("type", "j*failed*failed", false)]
    [InlineData("type", "job.failed*job.failed", false)]
    [InlineData("profile", "standard", true)]
    [InlineData("tenant", "acme", true)]
    [InlineData("tenant", "*", true)]
    [InlineData("subject", "batch-*", true)]
    [InlineData("endpoint", "ep_1", true)]
    [InlineData("id", "evt_1", true)]
    [InlineData("id", "msg-1", true)]
    [InlineData("id", "evt_1.ep_1", true)]
    [InlineData("id", "evt_1.*", true)]
    [InlineData("id", "evt_2", false)]
    [InlineData("run", "run_abc", true)]
    [InlineData("sequence", "12", true)]
    [InlineData("sequence", "10..20", true)]
    [InlineData("sequence", "12..", true)]
    [InlineData("sequence", "..12", true)]
    [InlineData("sequence", "13..", false)]
    [InlineData("sequence", "..11", false)]
    [InlineData("sequence", ">9223372036854775807", false)]
    [InlineData("attempts", "3", true)]
    [InlineData("attempts", ">=3", true)]
    [InlineData("attempts", " > 2 ", true)]
    [InlineData("attempts", ">3", false)]
    [InlineData("attempts", "<3", false)]
    [InlineData("attempts", "<0", false)]
    [InlineData("attempts", "<=3", true)]
    [InlineData("attempts", "=3", true)]
    [InlineData("attempts", "==3", true)]
    [InlineData("attempts", "!=3", false)]
    [InlineData("attempts", "3 .. 5", true)]
    [InlineData("replays", ">=1", true)]
    [InlineData("replays", "0", false)]
    public void A_term_takes_what_it_says(string name, string value, bool isTaken) => Filters.Takes(name, value).ShouldBe(isTaken);

    [Theory]
    [InlineData("since", "1h", true)]
    [InlineData("until", "1h", false)]
    [InlineData("since", "59m", false)]
    [InlineData("until", "59m59s", true)]
    [InlineData("since", "1d1h30m", true)]
    [InlineData("since", "3600s", true)]
    [InlineData("until", "0s", true)]
    [InlineData("since", "2024-03-21T14:30:45Z", true)]
    [InlineData("until", "2024-03-21T14:30:45Z", false)]
    [InlineData("until", "2024-03-21t15:30:45.0000001+01:00", true)]
    [InlineData("since", "2024-03-21", true)]
    [InlineData("since", "2024-03-22", false)]
    [InlineData("until", " 2024-03-22 ", true)]
    public void Since_is_inclusive_and_until_is_not(string name, string value, bool isTaken) => Filters.Takes(name, value).ShouldBe(isTaken);

    [Fact]
    public void What_a_letter_does_not_have_fits_nothing()
    {
        var bare = Filters.Letter with { Facts = new() { Id = "msg-1" }, Last = default, Run = null };

        foreach (var (name, value) in new[] { ("status", "100-999"), ("error", "*"), ("type", "*"), ("profile", "*"), ("tenant", "*"), ("subject", "*"), ("endpoint", "*"), ("run", "*"), ("destination", "example.com") })
            Filters.Takes(name, value, bare).ShouldBeFalse(name);
    }

    [Theory]
    [InlineData("Timeout", "timeout")]
    [InlineData("BlockedAddress", "Blocked*")]
    [InlineData("NameResolution", "nameresolution")]
    public void An_error_is_a_kind_of_error_or_a_refusal(string error, string value) =>
        Filters.Takes("error", value, Filters.Letter with { Last = new LastAttempt(null, error) }).ShouldBeTrue();

    [Fact]
    public void The_id_of_a_delivery_may_be_long()
    {
        var letter = Filters.Letter with { Facts = Filters.Letter.Facts with { Id = new string('x', 300) } };

        Filters.Takes("id", letter.Facts.DeliveryId, letter).ShouldBeTrue();
        Filters.Takes("id", Filters.Letter.Facts.DeliveryId).ShouldBeTrue();
    }

    [Fact]
    public void A_duration_that_counts_from_the_first_day_is_not_beyond_the_calendar() =>
        Filters.Of("since", $"{(long)(Given.Now - DateTimeOffset.MinValue).TotalSeconds}s").Terms[0].Value.ShouldBe("0001-01-01T00:00:00.000Z");
}
