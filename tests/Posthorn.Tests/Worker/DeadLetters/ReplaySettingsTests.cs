using System.CommandLine;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Queues;
using Posthorn.Settings;
using Posthorn.Worker.CommandLine.DeadLetters;

namespace Posthorn.Tests.Worker.DeadLetters;

public class ReplaySettingsTests
{
    [Theory]
    [InlineData("100/s", 100)]
    [InlineData("100", 100)]
    [InlineData("0.5", 0.5)]
    [InlineData("6000/m", 100)]
    [InlineData("90/min", 1.5)]
    [InlineData("1800/h", 0.5)]
    [InlineData("1/h", 1 / 3600.0)]
    public void A_rate_is_read_a_second_a_minute_or_an_hour(string text, double rate) => Read("--rate", text).Rate.ShouldBe(rate);

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("0/s")]
    [InlineData("fast")]
    [InlineData("1e3")]
    [InlineData("1,000/s")]
    [InlineData("100/d")]
    [InlineData("100/")]
    [InlineData("/s")]
    [InlineData("100/s/s")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("0.000001/h")]
    [InlineData("0.000000000000000000000000000001/h")]
    public void What_is_no_rate_is_refused_with_an_example(string text) => ShouldBeRefused("--rate", text, "--rate 100/s");

    [Theory]
    [InlineData("20%", 0.2)]
    [InlineData("0%", 0.0)]
    [InlineData("100%", 1.0)]
    [InlineData("2.5%", 0.025)]
    [InlineData("off", null)]
    public void A_share_is_read_in_percent(string text, double? share) => Read("--stop-at", text).StopAt.ShouldBe(share);

    [Theory]
    [InlineData("%")]
    [InlineData("20")]
    [InlineData("0.2")]
    [InlineData("-1%")]
    [InlineData("101%")]
    [InlineData("OFF")]
    [InlineData("1e1%")]
    public void What_is_no_share_is_refused_with_an_example(string text) => ShouldBeRefused("--stop-at", text, "--stop-at 20%");

    [Theory]
    [InlineData("--limit", "0")]
    [InlineData("--limit", "-1")]
    [InlineData("--canary", "-1")]
    [InlineData("--canary", "1001")]
    [InlineData("--canary-wait", "-00:00:01")]
    [InlineData("--canary-wait", "1.00:00:01")]
    [InlineData("--wait", "-00:00:01")]
    public void A_value_out_of_bounds_is_refused(string option, string value) => ShouldBeRefused(option, value, "");

    [Fact]
    public void Without_options_the_defaults_are_those_that_help_tells()
    {
        var options = Read();

        (options.Rate, options.Limit, options.To, options.ResetExpiry, options.Canary, options.CanaryWait, options.StopAt).ShouldBe((null, null, null, false, 0, TimeSpan.FromMinutes(1), 0.2));
    }

    [Fact]
    public void What_is_given_takes_the_place_of_a_run_s_own_and_the_rest_stays()
    {
        var own = new ReplayOptions { Rate = 5, Limit = 10, To = new Elsewhere("https://a.example/", null), ResetExpiry = true, Canary = 3, CanaryWait = TimeSpan.FromSeconds(7), StopAt = null };

        Over(own).ShouldBe(own);
        Over(own, "--rate", "9", "--stop-at", "50%", "--canary", "0", "--limit", "20").ShouldBe(own with { Rate = 9, StopAt = 0.5, Canary = 0, Limit = 20 });
        Over(own, "--canary-wait", "00:00:09", "--wait", "00:00:30").ShouldBe(own with { CanaryWait = TimeSpan.FromSeconds(9), Wait = TimeSpan.FromSeconds(30) });
    }

    private static ReplayOptions Read(params string[] args) => Over(new ReplayOptions(), args);

    private static ReplayOptions Over(ReplayOptions own, params string[] args)
    {
        var command = new RootCommand();
        foreach (var option in ReplaySettings.All) command.Add(option);
        var parsed = command.Parse(args);
        parsed.Errors.ShouldBeEmpty();
        return ReplaySettings.Over(own, parsed);
    }

    private static void ShouldBeRefused(string option, string value, string example)
    {
        var refused = Should.Throw<SettingsException>(() => Over(new ReplayOptions(), $"{option}={value}"));

        refused.Message.ShouldContain(option);
        refused.Message.ShouldContain(example);
    }
}
