using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Posthorn.EndToEndTests.Telemetry;

/// <summary>A run with deliveries, retries, a dead letter and a replay, as an OTLP endpoint sees it; and one that nobody looks at.</summary>
public sealed partial class ExportTests : IAsyncLifetime
{
    private const string Secret = "SECRET-inline-4711";
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:00.1", "00:00:00.1").With("--profiles:fast:extends=papr-batch", "--profiles:fast:traceContext=true");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task One_trace_goes_from_posthorn_send_to_the_receiver_through_every_attempt_the_dead_letter_and_the_replay()
    {
        await using var otlp = await OtlpReceiver.StartAsync();
        otlp.Attract(_harness.Environment);
        var isFixed = false;
        await using var consumer = await Consumer.StartAsync(_ => new Reply(Volatile.Read(ref isFixed) ? 200 : 500));
        var worker = await _harness.StartWorkerAsync();
        var file = _harness.Write("one.json", Envelopes.Of("evt_1", consumer.Url("/hook?key=SECRET-query"), "fast", $"\"secret\":\"{Secret}\""));

        (await _harness.RunAsync("send", file)).ExitCode.ShouldBe(0);
        await _harness.UntilDeadAsync(1);
        Volatile.Write(ref isFixed, true);
        var replay = await _harness.RunAsync("dead-letters", "replay", "--yes", "--json");
        replay.ExitCode.ShouldBe(0, replay.Everything());
        await Harness.UntilAsync(() => consumer.Requests.Count == 4, "four attempts", worker.Everything);
        await worker.TerminateAsync();

        var root = otlp.Spans.Where(span => span.Name == "posthorn send").ShouldHaveSingleItem();
        var trace = otlp.Spans.Where(span => span.Trace == root.Trace).ToList();
        var enqueue = trace.Where(span => span.Name == "enqueue notifications").ShouldHaveSingleItem();
        (enqueue.Parent, enqueue.Kind).ShouldBe((root.Id, 4));
        var processing = trace.Where(span => span.Name == "process notifications").ToList();
        processing.Count.ShouldBe(4);
        processing.ShouldAllBe(span => span.Parent == enqueue.Id && span.Links.Contains(enqueue.Id) && span.Kind == 5);
        processing.Count(span => span.Attributes.ContainsKey("posthorn.replay_run")).ShouldBe(1);
        processing.Select(span => span.Attributes["posthorn.verdict"]).Order().ShouldBe(["dead_letter", "delivered", "retry", "retry"]);
        var posts = trace.Where(span => span.Name == "POST").ToList();
        posts.Select(span => span.Attributes["http.response.status_code"]).Order().ShouldBe(["200", "500", "500", "500"]);
        posts.ShouldAllBe(span => span.Kind == 3 && !span.Attributes["url.full"].Contains('?'));
        posts.Select(span => span.Parent).Order().ShouldBe(processing.Select(span => span.Id).Order());
        consumer.Requests.Select(request => request["traceparent"]).ShouldBe(posts.Select(span => $"00-{root.Trace}-{span.Id}-01"), ignoreOrder: true);
        otlp.Spans.Where(span => span.Name == "replay notifications").ShouldHaveSingleItem().Links.ShouldContain(enqueue.Id);
        otlp.Spans.ShouldAllBe(span => span.Service == "posthorn");
    }

    [Fact]
    public async Task Every_metric_of_the_readme_is_exported_with_labels_of_few_values_and_no_secret_is_in_anything()
    {
        await using var otlp = await OtlpReceiver.StartAsync();
        otlp.Attract(_harness.Environment);
        _harness.Environment["LOG_LEVEL"] = "Debug";
        await using var consumer = await Consumer.StartAsync(request => new Reply(request.RequestLine.Contains("/good", StringComparison.Ordinal) ? 200 : 500));
        var worker = await _harness.StartWorkerAsync("--logging:format=json");
        await _harness.AcceptAsync(
            Envelopes.Of("evt_good", consumer.Url("/good?key=SECRET-query"), "fast", $"\"secret\":\"{Secret}\",\"bearer_token\":\"SECRET-bearer\""),
            Envelopes.Of("evt_bad", consumer.Url("/bad?key=SECRET-query"), "fast", $"\"secret\":\"{Secret}\",\"headers\":{{\"X-Key\":\"SECRET-header\"}}"));
        await _harness.UntilDeadAsync(1);
        await Harness.UntilAsync(() => ReadmeRows().Keys.All(otlp.Metrics.Contains), "every metric", () => string.Join('\n', ReadmeRows().Keys.Where(name => !otlp.Metrics.Contains(name))) + worker.Everything());
        await worker.TerminateAsync();

        foreach (var (metric, labels) in ReadmeRows())
            otlp.Metrics[metric].SelectMany(point => point.Keys).Distinct().Where(label => !label.StartsWith("messaging.", StringComparison.Ordinal) && label != "error.type").ShouldBeSubsetOf(labels, metric);
        otlp.Metrics.ShouldAllBe(metric => ReadmeRows().ContainsKey(metric.Key));
        otlp.Metrics["posthorn.deliveries"].Select(point => $"{point["verdict"]} {point["profile"]} {point["status_class"]}").Distinct().Order()
            .ShouldBe(["dead_letter fast 5xx", "delivered fast 2xx", "retry fast 5xx"]);
        otlp.Metrics["posthorn.dead_letters"].Select(point => point["reason"]).Distinct().ShouldBe(["RetriesExhausted"]);
        otlp.HasLogs.ShouldBeTrue();
        otlp.Everything.ShouldNotContain("SECRET", Case.Sensitive);
        (worker.Output + worker.Errors).ShouldNotContain("SECRET", Case.Sensitive);
        var attempt = worker.JsonLines().First(line => line.GetProperty("EventId").GetInt32() == 1);
        attempt.GetProperty("Scopes").EnumerateArray().Any(scope => scope.TryGetProperty("TraceId", out var trace) && trace.GetString() is not null).ShouldBeTrue(attempt.GetRawText());
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_exported_and_nothing_is_said_of_it()
    {
        await using var otlp = await OtlpReceiver.StartAsync();
        otlp.Attract(_harness.Environment);
        _harness.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        _harness.Environment["LOG_LEVEL"] = "Trace";
        await using var consumer = await Consumer.StartAsync();
        var worker = await _harness.StartWorkerAsync();
        var file = _harness.Write("one.json", Envelopes.Of("evt_1", consumer.Url(), "fast"));

        var send = await _harness.RunAsync("send", file);
        await Harness.UntilAsync(() => consumer.Requests.Count == 1, "the delivery", worker.Everything);
        await worker.TerminateAsync();

        otlp.Requests.ShouldBe(0);
        foreach (var word in new[] { "otel", "otlp", "opentelemetry", "telemetry" })
            (worker.Output + worker.Errors + send.Output + send.Errors).ShouldNotContain(word, Case.Insensitive);
        consumer.Requests[0]["traceparent"].ShouldBeNull();
    }

    [Fact]
    public async Task The_trace_of_a_call_to_the_api_goes_on_in_the_worker_whether_or_not_it_exports()
    {
        const string Trace = "0af7651916cd43dd8448eb211c80319c";
        await using var consumer = await Consumer.StartAsync();
        await _harness.StartWorkerAsync();
        _harness.Http.DefaultRequestHeaders.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
        _harness.Http.DefaultRequestHeaders.Add("tracestate", "vendor=1");

        await _harness.AcceptAsync(Envelopes.Of("evt_1", consumer.Url(), "fast"), Envelopes.Of("evt_2", consumer.Url(), "papr-batch"));
        await Harness.UntilAsync(() => consumer.Requests.Count == 2, "both");

        consumer.Requests.Select(request => request["traceparent"]).ShouldBe([$"00-{Trace}-b7ad6b7169203331-01", null], ignoreOrder: true, "only where the profile says so");
        consumer.Requests.Select(request => request["tracestate"]).ShouldBe(["vendor=1", null], ignoreOrder: true);
    }

    /// <summary>The README's table: each metric with its labels.</summary>
    private static Dictionary<string, string[]> ReadmeRows() => Row().Matches(File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile()) ?? ".", "..", "..", "..", "README.md")))
        .ToDictionary(row => row.Groups["name"].Value, row => row.Groups["labels"].Value.Replace("`", "", StringComparison.Ordinal).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex(@"^\| `(?<name>(posthorn|messaging)\.[a-z_.]+)` \| [a-z, -]+ \|(?<labels>[^|]*)\|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
