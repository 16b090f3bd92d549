using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Posthorn.EndToEndTests;

public sealed class ProductionTests : IAsyncLifetime
{
    private const string Key = "a-key-of-the-callers";
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync()
    {
        _harness.Environment["DOTNET_ENVIRONMENT"] = "Production";
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Outside_Development_a_call_needs_a_right_key()
    {
        await StartWithKeyAsync();
        var envelope = Envelopes.Of("evt_1", new Uri("https://example.com/hook")).Replace("\"type\"", "\"deliver_after\":\"2099-01-01T00:00:00Z\",\"type\"", StringComparison.Ordinal);

        using var without = await _harness.PostAsync(envelope);
        using var wrong = await _harness.PostAsync(envelope, key: Key + "x");
        using var count = await _harness.Http.GetAsync(_harness.Api("/api/queue"));
        using var right = await _harness.PostAsync(envelope, key: Key);
        using var health = await _harness.Http.GetAsync(_harness.Api("/healthz"));

        without.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        without.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        wrong.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        count.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        right.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        health.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Without_any_key_every_call_is_refused()
    {
        var worker = await _harness.StartWorkerAsync();

        using var answer = await _harness.PostAsync("{}", key: "");

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        worker.Output.ShouldContain("no API keys");
    }

    [Theory]
    [InlineData("http://example.com/hook")]
    [InlineData("https://localhost/hook")]
    [InlineData("https://127.0.0.1/hook")]
    [InlineData("https://127.1/hook")]
    [InlineData("https://2130706433/hook")]
    [InlineData("https://0x7f000001/hook")]
    [InlineData("https://0177.0.0.1/hook")]
    [InlineData("https://[::1]/hook")]
    [InlineData("https://[::ffff:10.0.0.1]/hook")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://168.63.129.16/")]
    [InlineData("https://10.1.2.3/hook")]
    [InlineData("https://user:pass@example.com/hook")]
    [InlineData("https://example.com./hook")]
    [InlineData("https://127。0。0。1/hook")]
    public async Task Fault_42_what_leads_inside_is_refused_where_it_enters(string url)
    {
        var file = _harness.Write("one.json", Envelopes.Of("evt_1", new Uri("https://example.com")).Replace("https://example.com", url, StringComparison.Ordinal));

        var sent = await _harness.RunAsync("send", file);

        sent.ExitCode.ShouldBe(1, sent.Everything());
        sent.Errors.ShouldContain("$.destination.url");
    }

    [Fact]
    public async Task Fault_42_the_API_refuses_http_and_loopback_with_400()
    {
        var worker = await StartWithKeyAsync();

        foreach (var url in new[] { "http://example.com/hook", "https://localhost/hook", "https://127.0.0.1/hook" })
        {
            using var answer = await _harness.PostAsync(Envelopes.Of("evt_1", new Uri(url)), key: Key);
            answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
            (await answer.Content.ReadAsStringAsync()).ShouldContain("$.destination.url");
        }

        worker.Output.ShouldContain("Production");
        worker.Output.ShouldNotContain("Open ");
    }

    [Fact]
    public async Task What_is_opened_by_configuration_is_delivered_and_the_banner_says_so()
    {
        await using var receiver = new RawReceiver();
        _harness.With("--network:allowHttp=true", "--network:allowPrivateNetworks=true");
        var worker = await StartWithKeyAsync();

        using var answer = await _harness.PostAsync(Envelopes.Of("evt_open", receiver.Url()), key: Key);

        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await Harness.UntilAsync(() => receiver.Requests.Count == 1, "one delivery");
        worker.Output.ShouldContain("network:allowHttp");
        worker.Output.ShouldContain("network:allowPrivateNetworks");
    }

    private Task<PosthornProcess> StartWithKeyAsync() =>
        _harness.StartWorkerAsync($"--api:keys:0=sha256:{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Key)))}");
}
