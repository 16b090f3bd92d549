using Posthorn.Profiles;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Profiles;

public class ConfiguredProfileTests
{
    [Fact]
    public void The_built_in_profiles_are_these() =>
        Given.Catalog().Names.ShouldBe("file-conversion, morag-stage, morag-step, morag-task, papr-batch, proposal, standard");

    [Fact]
    public void A_profile_that_extends_nothing_extends_standard()
    {
        var profile = Given.Profile("mine", ("profiles:mine:timeout", "00:00:20"));

        profile.ShouldBe(BuiltInProfiles.Standard with { Name = "mine", Timeout = TimeSpan.FromSeconds(20), Headers = profile.Headers });
    }

    [Fact]
    public void The_profile_of_the_design_can_be_written()
    {
        var profile = Given.Profile(
            "my-team",
            [
                .. Setting("extends", "standard"), .. Setting("body", "data"), .. Setting("signature:header", "X-Signature"), .. Setting("signature:value", "sha256={hex}"),
                .. Setting("signature:content", "{unix}.{body}"), .. Setting("signature:key", "utf8"), .. Setting("headers:X-Event", "{type}"),
                .. Setting("userAgent", "MyTeam/1.0"), .. Setting("success:0", "200-299"), .. Setting("final:0", "400-499"), .. Setting("gone:0", "410"),
                .. Setting("retry:delays:0", "00:00:05"), .. Setting("retry:delays:1", "00:05:00"), .. Setting("retry:jitter", "0.1"),
                .. Setting("timeout", "00:00:15"), .. Setting("expiry", "4.00:00:00"), .. Setting("onExpiry", "drop"),
            ]);

        profile.Signature.ShouldNotBeNull().Key.ShouldBe(KeyEncoding.Utf8);
        profile.UserAgent.ShouldBe("MyTeam/1.0");
        profile.Final.Contains(404).ShouldBeTrue();
        profile.Retry.Delays.ShouldBe([TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5)]);
        profile.Retry.Jitter.ShouldBe(0.1);
        profile.OnExpiry.ShouldBe(ExpiryAction.Drop);
        profile.Headers.Select(header => header.Name).ShouldBe(["webhook-id", "webhook-timestamp", "X-Event"]);

        static (string Key, string? Value)[] Setting(string key, string value) => [($"profiles:my-team:{key}", value)];
    }

    [Fact]
    public void A_built_in_profile_can_be_overridden_in_part()
    {
        var profile = Given.Profile("papr-batch", ("profiles:papr-batch:timeout", "00:01:00"));

        profile.Timeout.ShouldBe(TimeSpan.FromMinutes(1));
        profile.Success.ToString().ShouldBe("200-202");
        profile.UserAgent.ShouldBe("PaprMemory-BatchWebhook/1.0");
    }

    [Fact]
    public void A_profile_extends_another_configured_one_in_whatever_order_they_stand()
    {
        var catalog = Given.Catalog(("profiles:a:extends", "b"), ("profiles:b:extends", "c"), ("profiles:b:userAgent", "B/1"), ("profiles:c:extends", "proposal"));

        catalog.TryGet("a", out var profile).ShouldBeTrue();
        profile.ShouldNotBeNull().UserAgent.ShouldBe("B/1");
        profile.Timeout.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void What_extends_a_profile_gets_its_override()
    {
        var profile = Given.Profile("mine", ("profiles:mine:extends", "proposal"), ("profiles:proposal:timeout", "00:00:09"));

        profile.Timeout.ShouldBe(TimeSpan.FromSeconds(9));
    }

    [Fact]
    public void An_inherited_header_is_replaced_in_its_place_or_taken_away()
    {
        var profile = Given.Profile("mine", ("profiles:mine:headers:WEBHOOK-ID", "x-{id}"), ("profiles:mine:headers:webhook-timestamp", ""));

        var header = profile.Headers.ShouldHaveSingleItem();
        (header.Name, header.Value.Text).ShouldBe(("WEBHOOK-ID", "x-{id}"));
    }

    [Fact]
    public void A_body_can_be_wrapped_in_other_keys()
    {
        var profile = Given.Profile("mine", ("profiles:mine:body:type", "kind"), ("profiles:mine:body:data", "payload \"x\""));

        var body = profile.Body.Compose("evt_1", "a\"b", "2024-01-01T00:00:00Z", "[1]"u8.ToArray());

        System.Text.Encoding.UTF8.GetString(body.Span).ShouldBe("""{"kind":"a\"b","payload \"x\"":[1]}""");
    }

    [Fact]
    public void Empty_takes_the_signature_the_expiry_and_the_agent_away()
    {
        var profile = Given.Profile("mine", ("profiles:mine:extends", "papr-batch"), ("profiles:mine:signature:header", ""), ("profiles:mine:expiry", ""), ("profiles:mine:userAgent", ""));

        profile.Signature.ShouldBeNull();
        profile.Expiry.ShouldBeNull();
        profile.UserAgent.ShouldBeNull();
    }

    [Fact]
    public void An_exponential_retry_is_max_base_and_cap() =>
        Given.Profile("mine", ("profiles:mine:retry:max", "4"), ("profiles:mine:retry:base", "00:00:02"), ("profiles:mine:retry:cap", "00:00:10"))
            .Retry.Delays.Select(delay => delay.TotalSeconds).ShouldBe([2, 4, 8, 10]);

    [Theory]
    [InlineData("morag-stage")]
    [InlineData("morag-step")]
    [InlineData("morag-task")]
    [InlineData("papr-batch")]
    public void The_environment_variables_of_the_documents_are_followed(string name)
    {
        var profile = Given.Profile(name, ("WEBHOOK_TIMEOUT", "12.5"), ("WEBHOOK_MAX_RETRIES", "2"), ("WEBHOOK_RETRY_DELAY", "3"));

        profile.Timeout.ShouldBe(TimeSpan.FromSeconds(12.5));
        profile.Retry.Delays.ShouldBe([TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6)]);
    }

    [Theory]
    [InlineData("standard")]
    [InlineData("file-conversion")]
    [InlineData("proposal")]
    public void The_environment_variables_are_nothing_to_the_other_profiles(string name)
    {
        var profile = Given.Profile(name, ("WEBHOOK_TIMEOUT", "1"), ("WEBHOOK_MAX_RETRIES", "0"), ("WEBHOOK_RETRY_DELAY", "1"));

        profile.ShouldBe(BuiltInProfiles.All.Single(each => each.Name == name));
    }

    [Fact]
    public void No_retries_can_be_asked_for() => Given.Profile("papr-batch", ("WEBHOOK_MAX_RETRIES", "0")).Retry.Delays.ShouldBeEmpty();

    [Fact]
    public void The_configuration_counts_more_than_the_environment_variables() =>
        Given.Profile("papr-batch", ("WEBHOOK_TIMEOUT", "1"), ("profiles:papr-batch:timeout", "00:00:07")).Timeout.ShouldBe(TimeSpan.FromSeconds(7));
}
