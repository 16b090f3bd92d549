using System.Text.RegularExpressions;

namespace Posthorn.Tests.Infra;

/// <summary>A setting that infra/ gives to the worker is one that the worker knows: a wrong one would stop its start, or do nothing.</summary>
public partial class InfraSettingsTests
{
    /// <summary>Of Azure's SDK, of OpenTelemetry, of the collector's image, of `posthorn listen` (its help names it), and of every system.</summary>
    private static readonly string[] OfOthers =
        ["AZURE_CLIENT_ID", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "OTEL_SERVICE_NAME", "APPLICATIONINSIGHTS_CONNECTION_STRING", "POSTHORN_SECRET", "PATH"];

    [Fact]
    public void Every_setting_of_the_template_is_in_the_configuration_chapter() =>
        ShouldBeKnown(Variable().Matches(InfraFiles.Read("infra/modules/app.bicep")).Select(match => match.Groups[1].Value), atLeast: 12);

    [Fact]
    public void Every_setting_of_the_compose_file_is_in_the_configuration_chapter()
    {
        var services = InfraFiles.Yaml(InfraFiles.InRoot("infra/compose.yaml")).At("services");

        ShouldBeKnown(services.At("worker", "environment").Keys(), atLeast: 5);
        ShouldBeKnown(services.At("receiver", "environment").Keys(), atLeast: 1);
    }

    [Fact]
    public void Every_setting_of_the_image_is_in_the_configuration_chapter() =>
        ShouldBeKnown(ImageVariable().Matches(InfraFiles.Read("infra/Dockerfile")).Select(match => match.Groups[1].Value), atLeast: 2);

    [Fact]
    public void A_setting_that_nobody_knows_is_seen() => Unknown(["queue__serviceBus__queu", "QUEUE_NAME", "api__keys__0", "queue__serviceBus__proxy"]).ShouldBe(["queue__serviceBus__queu", "QUEUE_NAME"]);

    private static void ShouldBeKnown(IEnumerable<string> variables, int atLeast)
    {
        var names = variables.ToList();
        names.Count.ShouldBeGreaterThanOrEqualTo(atLeast);
        Unknown(names).ShouldBeEmpty();
    }

    private static List<string> Unknown(IEnumerable<string> variables)
    {
        var known = InfraFiles.DocumentedSettings();
        return [.. variables.Where(name => !OfOthers.Contains(name) && !known.Contains(KeyOf(name)))];
    }

    private static string KeyOf(string variable) => Index().Replace(variable.Replace("__", ":", StringComparison.Ordinal), "");

    [GeneratedRegex(@"\{ name: '(?<part1>(?:\w+__\w+)|(?:[A-Z_]+))', (?:value|secretRef):", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();

    [GeneratedRegex(@"^(?:ENV| {4}) ?(?<part1>\w+)=", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ImageVariable();

    [GeneratedRegex(@":\d+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Index();
}
