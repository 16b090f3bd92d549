using Posthorn.Profiles;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Profiles;

public class TemplateTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("{id}", "evt_1")]
    [InlineData("{ID}/{Type}", "evt_1/thing.happened")]
    [InlineData("t={unix},", "t=1711035045,")]
    [InlineData("{iso}", "2024-03-21T15:30:45Z")]
    [InlineData("{url}#{attempt}", "https://example.com/hook#1")]
    public void A_template_is_filled_in(string template, string expected) => Template.Parse(template).Render(Given.Values()).ShouldBe(expected);

    [Theory]
    [InlineData("{secret}")]
    [InlineData("a {tenant} b")]
    [InlineData("{subject}")]
    public void A_template_without_a_value_for_a_placeholder_says_nothing(string template) => Template.Parse(template).Render(Given.Values()).ShouldBeNull();

    [Fact]
    public void The_optional_values_are_filled_in_where_there_are_some() =>
        Template.Parse("{tenant}/{subject}/{secret}").Render(Given.Values() with { Tenant = "t", Subject = "s", Secret = new SigningSecret("x") }).ShouldBe("t/s/x");

    [Theory]
    [InlineData("{nope}")]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{id")]
    [InlineData("{{id}}")]
    [InlineData("{0}")]
    [InlineData("{base65}")]
    public void An_unknown_placeholder_is_refused_with_the_known_ones(string template)
    {
        Template.TryParse(template, out _, out var error).ShouldBeFalse();

        error.ShouldNotBeNull().ShouldEndWith("accepted: {id} {type} {unix} {iso} {body} {hex} {base64} {secret} {tenant} {subject} {attempt} {url}");
    }
}
