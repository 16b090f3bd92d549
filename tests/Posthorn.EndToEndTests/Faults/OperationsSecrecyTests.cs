using System.Net;
using System.Text;
using Posthorn.EndToEndTests.Telemetry;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Whatever the worker prints, answers or keeps, there is no credential in it, though receivers send them back in every error.</summary>
public sealed class OperationsSecrecyTests : IAsyncLifetime
{
    private const string Marker = "SECRET";
    private const string Signing = "SECRET-inline+/=4711";
    private const string Token = "SECRET-bearer-4712";
    private const string Header = "SECRET-header & \\\"4713";
    private const string Configured = "SECRET-config-4714";
    private const string Query = "?key=SECRET-query-4715";
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:00.1", "00:00:00.1", "00:00:00.1", "00:00:00.1").With("--profiles:fast:extends=papr-batch", "--profiles:fast:retry:jitter=0");

    private OtlpReceiver? _otlp;

    public async ValueTask InitializeAsync()
    {
        _otlp = await OtlpReceiver.StartAsync();
        _otlp.Attract(_harness.Environment);
        _harness.Environment["LOG_LEVEL"] = "Debug";
        _harness.Environment["secrets__mine"] = Configured;
    }

    public async ValueTask DisposeAsync()
    {
        await _harness.DisposeAsync();
        if (_otlp is not null) await _otlp.DisposeAsync();
    }

    [Fact]
    public async Task Fault_69_no_credential_is_in_the_log_a_listing_an_answer_or_a_file()
    {
        await using var receiver = new RawReceiver(_ => 500, Echo);
        var worker = await _harness.StartWorkerAsync();
        var inline = $$"""
            "secret":"{{Signing}}","bearer_token":"{{Token}}","headers":{"X-Key":"{{Header}}"}
            """;
        var webhook = await _harness.RegisterAsync(receiver.Url(), "test.told", $$""","profile":"fast","secret":"{{Signing}}","headers":{"X-Key":"{{Header}}"}""");
        await _harness.AcceptAsync(
            Envelopes.Of("evt_inline", new Uri(receiver.Url() + Query), "fast", inline),
            Envelopes.Of("evt_ref", new Uri(receiver.Url() + Query), "fast", "\"secret_ref\":\"config:mine\",\"bearer_token_ref\":\"config:mine\""));
        await _harness.PublishAsync("""{"id":"evt_told","type":"test.told","data":{"n":1}}""");

        var letters = await _harness.UntilDeadAsync(3);
        await _harness.UntilDeliveryIsAsync("evt_told", "dead_lettered");
        foreach (var sent in new[] { Signing, Token, Configured })
            receiver.Requests.ShouldContain(request => request.Headers.Any(header => header.Value.Contains(sent, StringComparison.Ordinal)), "the receiver is told, and tells it back");

        // 1. The command line.
        var told = new List<string>();
        var shown = letters.Select(letter => $"{letter.GetProperty("sequence")}").SelectMany(sequence => new string[][] { ["show", sequence], ["show", sequence, "--json"] });
        foreach (var args in (string[][])[["list"], ["list", "--json"], .. shown])
            told.Add((await _harness.RunAsync(["dead-letters", .. args])).Everything());

        // 2. The API.
        foreach (var call in new[] { "/api/dead-letters", "/api/dead-letters/evt_inline", "/api/deliveries", "/api/deliveries/evt_inline", "/api/deliveries/evt_ref", "/api/events/evt_told", "/api/webhooks", $"/api/webhooks/{webhook}", $"/api/webhooks/{webhook}/deliveries", "/api/queue", "/healthz" })
        {
            var answer = await _harness.CallAsync($"GET {call}");
            answer.Status.ShouldBe(HttpStatusCode.OK, call);
            told.Add(answer.Text);
        }

        // 3. The log, what is exported, and the files.
        await worker.TerminateAsync();
        told.Add(worker.Output + worker.Errors);
        told.Add(_otlp.ShouldNotBeNull().Everything);
        told[^1].ShouldContain("evt_inline");
        told[0].ShouldContain("evt_inline");
        told.ShouldContain(text => text.Contains("begin", StringComparison.Ordinal), "the receiver's words are shown");
        told.ShouldAllBe(text => !text.Contains(Marker, StringComparison.Ordinal));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_harness.Folder, "data"), "*", SearchOption.AllDirectories)) ShouldHoldNone(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), file);
    }

    [Fact]
    public async Task Fault_69_what_is_refused_is_not_told_back()
    {
        var worker = await _harness.StartWorkerAsync();
        string[] wrong =
        [
            "\"secret\":{\"SECRET\":1}", "\"secret\":\"SECRET\\u0000\"", "\"secret_ref\":\"SECRET-in-the-wrong-place\"", "\"bearer_token\":\"SECRET with blanks\"", "\"bearer_token\":\"SECRET\\r\\n\"",
            "\"bearer_token_ref\":\"SECRET\"", "\"headers\":{\"X-Key\":\"SECRET\\r\\n\"}", "\"headers\":{\"X-Key\":[\"SECRET\"]}", "\"secret\":\"a\",\"secret\":\"SECRET\"",
        ];
        var told = new StringBuilder();

        foreach (var envelope in wrong.Select(each => Envelopes.Of("evt_wrong", new Uri("http://127.0.0.1:9/hook"), "papr-batch", each)).Append(Envelopes.Of("evt_url", new Uri("http://user:SECRET@127.0.0.1:9/?key=SECRET"))))
        {
            var answer = await _harness.CallAsync("POST /api/notifications", envelope);
            answer.Status.ShouldBe(HttpStatusCode.BadRequest, envelope);
            var letter = await _harness.BuryAsync(EnvelopeMessages.Plain(Guid.NewGuid().ToString(), envelope));
            told.AppendLine(answer.Text).AppendLine(letter.GetRawText()).AppendLine((await _harness.CallAsync($"GET /api/dead-letters/{letter.GetProperty("sequence")}")).Text);
        }

        told.Append(worker.Output).Append(worker.Errors);
        told.ToString().ShouldNotContain(Marker, Case.Sensitive);
    }

    /// <summary>All that was sent, as it is, in JSON, in a URL, in HTML and in base64; each time the end cuts another part of it.</summary>
    private static string Echo(Received request)
    {
        var said = $"begin {request.RequestLine} {string.Join(' ', request.OwnHeaders.OrderBy(_ => Random.Shared.Next()).Select(header => header.Value))} ";
        var forms = new[] { said, System.Text.Json.JsonSerializer.Serialize(said), Uri.EscapeDataString(said), WebUtility.HtmlEncode(said), string.Join(' ', request.Headers.Select(header => Convert.ToBase64String(Encoding.UTF8.GetBytes(header.Value)))) };
        return "begin " + new string('.', Random.Shared.Next(180)) + forms[Random.Shared.Next(forms.Length)];
    }

    private static void ShouldHoldNone(byte[] bytes, string file)
    {
        bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Marker)).ShouldBe(-1, file);
        foreach (var secret in new[] { Signing, Token, Header, Configured })
        {
            bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)))).ShouldBe(-1, file);
            bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(secret)).ShouldBe(-1, file);
        }
    }
}
