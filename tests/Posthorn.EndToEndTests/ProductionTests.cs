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
