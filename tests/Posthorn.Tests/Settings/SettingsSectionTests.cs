using Posthorn.Delivery;
using Posthorn.Settings;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Settings;

public class SettingsSectionTests
{
    private readonly List<SettingError> _errors = [];

    [Theory]
    [InlineData("00:00:05", 5)]
    [InlineData("1.00:00:00", 86400)]
    [InlineData("00:00:00.5", 0.5)]
    public void A_duration_is_read(string text, double seconds) => Read(text).ShouldBe(TimeSpan.FromSeconds(seconds));

    [Theory]
    [InlineData("5")]
    [InlineData("")]
    [InlineData("5s")]
    [InlineData("-00:00:05")]
    [InlineData("99.00:00:00")]
    [InlineData("00:61:00")]
    public void A_wrong_duration_is_noted_and_reads_as_the_default(string text)
    {
        Read(text).ShouldBe(TimeSpan.FromSeconds(9));

        _errors.ShouldHaveSingleItem().ToString().ShouldBe($"wait: '{text}' is not accepted; accepted: a duration [d.]hh:mm:ss from 00:00:00 to 2.00:00:00");
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("10", true)]
    [InlineData("0", false)]
    [InlineData("11", false)]
    [InlineData("1.5", false)]
    [InlineData("1e1", false)]
    [InlineData("", false)]
    public void An_integer_is_within_its_bounds(string text, bool accepted)
    {
        Given.Section(_errors, ("n", text)).Integer("n", 5, 1, 10);

        (_errors.Count == 0).ShouldBe(accepted);
    }

    [Fact]
    public void A_list_is_an_array_or_one_text_with_commas()
    {
        Given.Section(_errors, ("a:0", "x"), ("a:1", "y")).Texts("a").ShouldBe(["x", "y"]);
        Given.Section(_errors, ("a", "x, y,")).Texts("a").ShouldBe(["x", "y"]);
        Given.Section(_errors).Texts("a").ShouldBeNull();
    }

    [Fact]
    public void The_key_of_an_error_is_the_whole_path()
    {
        Given.Section(_errors, ("queue:sqlite:busy", "x")).Child("queue").Child("sqlite").Flag("busy", otherwise: false);

        _errors.ShouldHaveSingleItem().Key.ShouldBe("queue:sqlite:busy");
    }

    [Fact]
    public void An_exception_has_one_line_a_setting() =>
        new SettingsException([new SettingError("a", "b", "c"), new SettingError("d", "e", "f")]).Message.Split(Environment.NewLine).ShouldBe(["a: b; accepted: c", "d: e; accepted: f"]);

    [Fact]
    public void The_section_delivery_has_the_defaults_of_the_design()
    {
        var options = DeliveryOptions.From(Given.Section(_errors));

        (options.MaxInFlight, options.MaxInFlightPerDestination, options.ShutdownGrace).ShouldBe((256, 16, TimeSpan.FromSeconds(25)));
        _errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("maxInFlight", "0")]
    [InlineData("maxInFlightPerDestination", "-1")]
    [InlineData("shutdownGrace", "25")]
    [InlineData("maxRetryAfter", "2.00:00:00")]
    [InlineData("maxInflights", "1")]
    public void A_wrong_setting_of_delivery_is_named(string key, string value)
    {
        DeliveryOptions.From(Given.Section(_errors, (key, value)));

        _errors.ShouldHaveSingleItem().Key.ShouldBe(key);
    }

    private TimeSpan Read(string text) => Given.Section(_errors, ("wait", text)).Duration("wait", TimeSpan.FromSeconds(9), TimeSpan.Zero, TimeSpan.FromDays(2));
}
