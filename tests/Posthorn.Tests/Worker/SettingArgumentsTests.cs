using Posthorn.Settings;
using Posthorn.Worker.Composition;

namespace Posthorn.Tests.Worker;

public class SettingArgumentsTests
{
    [Fact]
    public void Settings_are_taken_out_from_among_verbs_and_options()
    {
        var split = SettingArguments.Split(["dead-letters", "--queue:sqlite:path=a=b.db", "list", "--limit", "5", "--network:allowHttp", "true", "--json"]);

        split.Rest.ShouldBe(["dead-letters", "list", "--limit", "5", "--json"]);
        split.Settings.ShouldBe(new Dictionary<string, string?> { ["queue:sqlite:path"] = "a=b.db", ["network:allowHttp"] = "true" }, ignoreOrder: true);
    }

    [Theory]
    [InlineData("--delay", "00:00:02")]
    [InlineData("--server=http://localhost:8080")]
    [InlineData("--")]
    [InlineData("-")]
    [InlineData("a:b=c")]
    [InlineData("-a:b=c")]
    public void What_has_no_colon_in_its_name_is_no_setting(params string[] args)
    {
        var split = SettingArguments.Split(args);

        split.Rest.ShouldBe(args);
        split.Settings.ShouldBeEmpty();
    }

    [Fact]
    public void The_last_of_two_values_counts_whatever_the_case_of_the_key()
    {
        SettingArguments.Split(["--a:b=1", "--A:B=2"]).Settings.ShouldHaveSingleItem().Value.ShouldBe("2");
    }

    [Fact]
    public void A_setting_may_be_empty() => SettingArguments.Split(["--a:b="]).Settings["a:b"].ShouldBe("");

    [Theory]
    [InlineData("--a:b")]
    [InlineData("--a:b", "--c:d=1")]
    public void A_setting_without_a_value_is_named(params string[] args) =>
        Should.Throw<SettingsException>(() => SettingArguments.Split(args)).Errors.ShouldHaveSingleItem().ToString().ShouldBe("a:b: has no value; accepted: --a:b=VALUE");
}
