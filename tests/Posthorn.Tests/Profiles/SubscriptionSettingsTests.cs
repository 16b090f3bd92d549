using Posthorn.Profiles;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Profiles;

/// <summary>What a configured profile says of events and endpoints.</summary>
public class SubscriptionSettingsTests
{
    [Fact]
    public void A_profile_s_events_entity_and_throttle_are_read()
    {
        var profile = Given.Profile(
            "mine",
            ("profiles:mine:events:0", "import.progress"), ("profiles:mine:events:1", "import.done"), ("profiles:mine:entity:0", "import_id"), ("profiles:mine:entity:1", "context.path"),
            ("profiles:mine:throttle:import.progress:milestones:0", "75"), ("profiles:mine:throttle:import.progress:milestones:1", "2.5e1"),
            ("profiles:mine:throttle:import.progress:progress", "percent"), ("profiles:mine:throttle:import.done:window", "00:00:30"), ("profiles:mine:verifiesEndpoints", "true"));

        profile.Events.ShouldBe(["import.progress", "import.done"]);
        profile.Entity.ShouldBe(["import_id", "context.path"]);
        var milestones = profile.Throttle["import.progress"].ShouldBeOfType<ThrottleRule.Milestones>();
        (milestones.Progress, string.Join(' ', milestones.At)).ShouldBe(("percent", "25 75"));
        profile.Throttle["import.done"].ShouldBe(new ThrottleRule.Window(TimeSpan.FromSeconds(30)));
        profile.VerifiesEndpoints.ShouldBeTrue();
    }

    [Fact]
    public void What_is_not_said_is_inherited()
    {
        var profile = Given.Profile("mine", ("profiles:mine:extends", "proposal"), ("profiles:mine:throttle:job.started:window", "00:00:05"));

        profile.Events.ShouldContain("job.completed");
        profile.Entity.ShouldBe(["job_id", "document_id", "proposal_id"]);
        profile.Throttle.Keys.ShouldBe(["job.progress", "job.started"], ignoreOrder: true);
        profile.VerifiesEndpoints.ShouldBeTrue();
    }

    [Fact]
    public void Milestones_without_a_field_look_at_progress() =>
        Given.Profile("mine", ("profiles:mine:throttle:t:milestones", "1, 2")).Throttle["t"].ShouldBeOfType<ThrottleRule.Milestones>().Progress.ShouldBe("progress");

    [Theory]
    [InlineData("events:0", "two words")]
    [InlineData("events:0", "")]
    [InlineData("entity:0", "a..b")]
    [InlineData("entity:0", ".a")]
    [InlineData("entity:0", "")]
    [InlineData("throttle:t:window", "10")]
    [InlineData("throttle:t:window", "00:00:00")]
    [InlineData("throttle:t:window", "2.00:00:00")]
    [InlineData("throttle:t:milestones:0", "half")]
    [InlineData("throttle:t:milestones:0", "NaN")]
    [InlineData("throttle:t:milestones:0", "Infinity")]
    [InlineData("throttle:t:milestones", "")]
    [InlineData("throttle:t:progress", "done")]
    [InlineData("throttle:t:every", "00:00:10")]
    [InlineData("verifiesEndpoints", "yes")]
    public void A_wrong_setting_is_named_by_its_key(string key, string value)
    {
        var errors = Given.CatalogErrors(($"profiles:mine:{key}", value));

        errors.ShouldNotBeEmpty();
        errors.ShouldAllBe(error => error.Key.StartsWith("profiles:mine:" + key.Split(':')[0]));
    }

    [Fact]
    public void A_window_beside_milestones_is_refused() =>
        Given.CatalogErrors(("profiles:mine:throttle:t:window", "00:00:10"), ("profiles:mine:throttle:t:milestones", "1")).ShouldHaveSingleItem().Key.ShouldBe("profiles:mine:throttle:t:window");

    [Fact]
    public void More_than_a_hundred_milestones_are_refused() =>
        Given.CatalogErrors(Enumerable.Range(0, 102).Select(n => ($"profiles:mine:throttle:t:milestones:{n}", (string?)$"{n}"))).Count.ShouldBe(2);
}
