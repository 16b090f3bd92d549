using Microsoft.Extensions.Time.Testing;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Replaying;

public class ReplayFitnessTests
{
    private static readonly Elsewhere Staging = new("https://staging.example.com/hook", null);

    [Theory]
    [InlineData(-3600, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void A_letter_whose_deadline_has_passed_is_left(int seconds, bool isFit)
    {
        var letter = Letters.Summary(Letters.Message(expiresAt: Given.Now.AddSeconds(seconds)));

        (Fitness().IsFit(letter), Fitness().IsExpired(letter)).ShouldBe((isFit, !isFit));
    }

    [Theory]
    [InlineData("standard", 95.9, true)]
    [InlineData("standard", 96, false)]
    [InlineData("proposal", 23.9, true)]
    [InlineData("proposal", 24, false)]
    [InlineData("nobody-knows", 95.9, true)]
    [InlineData("nobody-knows", 96, false)]
    [InlineData("endless", 1_000_000, true)]
    public void Without_a_deadline_it_is_the_profile_s(string profile, double hours, bool isFit)
    {
        var letter = Letters.Summary(Letters.Message()) with { EnqueuedAt = Given.Now.AddHours(-hours) };

        Fitness().IsFit(letter with { Facts = letter.Facts with { Profile = profile } }).ShouldBe(isFit);
    }

    [Fact]
    public void A_message_that_is_no_envelope_has_the_standard_deadline()
    {
        var letter = Letters.Summary(Letters.Plain("no envelope"));

        Fitness().IsFit(letter).ShouldBeTrue();
        Fitness().IsFit(letter with { EnqueuedAt = Given.Now.AddDays(-5) }).ShouldBeFalse();
    }

    [Fact]
    public void With_a_fresh_deadline_nothing_is_left()
    {
        Fitness(new ReplayOptions { ResetExpiry = true }).IsFit(Letters.Summary(Letters.Message(expiresAt: Given.Now.AddYears(-1)))).ShouldBeTrue();
    }

    [Fact]
    public void What_goes_in_place_of_a_letter_brings_its_own_deadline()
    {
        var expired = Letters.Summary(Letters.Message(expiresAt: Given.Now.AddHours(-1)));

        Fitness(new ReplayOptions { Instead = Letters.Message(expiresAt: Given.Now.AddHours(1)) }).IsFit(expired).ShouldBeTrue();
        Fitness(new ReplayOptions { Instead = Letters.Message(expiresAt: Given.Now.AddHours(-1)) }).IsFit(expired).ShouldBeFalse();
        Fitness(new ReplayOptions { Instead = Letters.Message(expiresAt: Given.Now.AddHours(-1)), ResetExpiry = true }).IsFit(expired).ShouldBeTrue();
    }

    [Fact]
    public void An_event_that_has_not_reached_its_endpoints_cannot_go_elsewhere()
    {
        var letter = Letters.Summary(Letters.Event()) with { EnqueuedAt = Given.Now.AddYears(-1) };

        Fitness().IsFit(letter).ShouldBeTrue();
        Fitness(new ReplayOptions { To = Staging }).IsFit(letter).ShouldBeFalse();
        Fitness(new ReplayOptions { To = Staging }).IsExpired(letter).ShouldBeFalse();
        Fitness(new ReplayOptions { To = Staging }).IsFit(Letters.Summary(Letters.Message())).ShouldBeTrue();
    }

    [Fact]
    public void Letters_that_keep_their_deadlines_get_the_same_changes()
    {
        DeadLetterSummary[] letters = [Letters.Summary(Letters.Message(profile: "standard")), Letters.Summary(Letters.Message(profile: "proposal"))];

        var (alike, changes) = Fitness(new ReplayOptions { To = Staging }).Alike(letters, "run_1").ShouldHaveSingleItem();

        alike.ShouldBe(letters);
        changes.ShouldBe(new ReplayChanges { Run = "run_1", To = Staging });
    }

    [Fact]
    public void A_fresh_deadline_is_what_the_profile_gives_to_what_is_accepted_now()
    {
        var endless = Letters.Summary(Letters.Message());
        endless = endless with { Facts = endless.Facts with { Profile = "endless" } };
        DeadLetterSummary[] letters = [Letters.Summary(Letters.Message(profile: "standard")), Letters.Summary(Letters.Message(profile: "proposal")), endless, Letters.Summary(Letters.Plain("no envelope"))];

        var alike = Fitness(new ReplayOptions { ResetExpiry = true }).Alike(letters, "run_1").ToDictionary(each => each.Letters[0].Facts.Profile ?? "", each => each.Changes.Deadline);

        alike.ShouldBe(new Dictionary<string, DateTimeOffset?> { ["standard"] = Given.Now.AddDays(4), ["proposal"] = Given.Now.AddHours(24), ["endless"] = DateTimeOffset.MaxValue, [""] = Given.Now.AddDays(4) }, ignoreOrder: true);
    }

    [Fact]
    public void The_end_of_time_is_a_deadline_that_a_worker_reads()
    {
        var message = Letters.Message();
        var replayed = message with { Properties = new Dictionary<string, string>(message.Properties) { [EnvelopeProperties.ExpiresAt] = Rfc3339.Format(DateTimeOffset.MaxValue) } };

        new EnvelopeReader(Given.Builder()).TryRead(replayed, Given.Now, out var envelope, out var errors).ShouldBeTrue(string.Join('\n', errors));

        envelope.ShouldNotBeNull().ExpiresAt.ShouldNotBeNull().Year.ShouldBe(9999);
    }

    [Fact]
    public void Options_come_back_as_they_were_kept()
    {
        var options = new ReplayOptions { Rate = 1.5, Limit = 3, To = Staging with { Sealed = "x" }, ResetExpiry = true, Canary = 4, CanaryWait = TimeSpan.FromSeconds(9), StopAt = null };

        ReplayOptions.FromJson(options.ToJson()).ShouldBe(options);
        ReplayOptions.FromJson(new ReplayOptions().ToJson()).ShouldBe(new ReplayOptions());
        (options with { Instead = Letters.Accepted(), Wait = TimeSpan.FromSeconds(1) }).ToJson().ShouldBe(options.ToJson(), "They are not kept.");
    }

    private static ReplayFitness Fitness(ReplayOptions? options = null)
    {
        var profiles = Given.Catalog(("profiles:endless:expiry", ""));
        return new ReplayFitness(options ?? new ReplayOptions(), profiles, new FakeTimeProvider(Given.Now));
    }
}
