using Posthorn.Settings;
using Posthorn.Worker.Telemetry;

namespace Posthorn.Tests.Worker;

public sealed class OtlpSignalsTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318";

    [Theory]
    [InlineData("", "")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=", "")]
    [InlineData(Endpoint, "traces metrics logs")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://127.0.0.1:4318/v1/metrics", "metrics")]
    [InlineData($"{Endpoint};OTEL_METRICS_EXPORTER=none;OTEL_LOGS_EXPORTER=None", "traces")]
    [InlineData($"{Endpoint};OTEL_SDK_DISABLED=true", "")]
    [InlineData($"{Endpoint};OTEL_SDK_DISABLED=false", "traces metrics logs")]
    public void A_signal_leaves_when_there_is_an_endpoint_for_it_and_nobody_says_no(string environment, string leaving)
    {
        var signals = Read(environment);

        string.Join(' ', new[] { signals.Traces ? "traces" : "", signals.Metrics ? "metrics" : "", signals.Logs ? "logs" : "" }.Where(name => name.Length > 0)).ShouldBe(leaving);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=collector:4318")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=SECRET")]
    public void What_is_no_url_is_named_and_not_shown(string environment)
    {
        var wrong = Should.Throw<SettingsException>(() => Read(environment)).Errors.ShouldHaveSingleItem();

        wrong.Key.ShouldBe(environment.Split('=')[0]);
        wrong.ToString().ShouldNotContain(environment.Split('=')[1]);
    }

    private static OtlpSignals Read(string environment)
    {
        var variables = environment.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return OtlpSignals.Read(variables.GetValueOrDefault);
    }
}
