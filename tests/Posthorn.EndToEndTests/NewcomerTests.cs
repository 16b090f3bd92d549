using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Posthorn.EndToEndTests;

/// <summary>What a newcomer uses: the contracts shown, a body signed, the listener; and that none of it tells a secret.</summary>
[Collection(Alone.Name)]
public sealed class NewcomerTests : IAsyncLifetime
{
    private static readonly string[] BuiltIns = ["file-conversion", "morag-stage", "morag-step", "morag-task", "papr-batch", "proposal", "standard"];
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task The_profiles_are_listed_and_shown()
    {
        _harness.With("--profiles:my-team:extends=papr-batch", "--profiles:my-team:timeout=00:00:07");

        var list = await _harness.RunAsync("profiles", "list", "--json");
        var show = await _harness.RunAsync("profiles", "show", "my-team", "--json");

        list.JsonLines().Select(profile => profile.GetProperty("name").GetString()).ShouldBe([.. BuiltIns, "my-team"], ignoreOrder: true);
        var shown = show.Json();
        shown.GetProperty("timeout").GetString().ShouldBe("00:00:07");
        shown.GetProperty("userAgent").GetString().ShouldBe("PaprMemory-BatchWebhook/1.0");
        shown.GetProperty("signature").GetProperty("header").GetString().ShouldBe("X-Webhook-Signature");
        (await _harness.RunAsync("profiles", "list")).Output.ShouldContain("X-MoRAG-Signature: sha256={hex}");
    }

    [Fact]
    public async Task Sign_gives_the_headers_of_the_worked_papr_batch_vector()
    {
        const string Body = """{"batch_id":"550e8400-e29b-41d4-a716-446655440000","user_id":"user_123","status":"completed","total_memories":5,"successful_memories":5,"failed_memories":0,"errors":[],"completed_at":"2024-03-21T15:30:45.123Z","processing_time_ms":1250,"memory_ids":["mem_001","mem_002","mem_003"],"webhook_version":"1.0"}""";
        var file = _harness.Write("body.json", Body);

        var run = await _harness.RunAsync("sign", file, "--profile", "papr-batch", "--secret", "your-secret-key", "--type", "batch.completed", "--time", "1711035045", "--json");

        run.ExitCode.ShouldBe(0, run.Everything());
        run.Json().EnumerateObject().ToDictionary(header => header.Name, header => header.Value.GetString()).ShouldBe(new Dictionary<string, string?>
        {
            ["X-Webhook-Signature"] = "sha256=e43a92359600180a1e106646bc4d588e7475a30f93408e251a36ad1aa4af2bed",
            ["X-Webhook-Secret"] = "your-secret-key",
            ["X-Webhook-Event"] = "batch.completed",
            ["X-Webhook-Timestamp"] = "1711035045",
            ["User-Agent"] = "PaprMemory-BatchWebhook/1.0",
        }, ignoreOrder: true);
    }

    [Fact]
    public async Task The_listener_sees_a_delivery_arrive_verified_after_the_failures_it_was_asked_for()
    {
        var port = Ports.Free();
        var url = new Uri($"http://127.0.0.1:{port}/webhook");
        _harness.WithFastProfile("00:00:00.2", "00:00:00.2");
        _harness.Settings.Add("--profiles:fast:extends=morag-step");
        var listener = _harness.Start("listen", "--port", $"{port}", "--secret", "s3cr3t", "--respond", "500,200");
        await _harness.StartWorkerAsync();
        await Harness.UntilAsync(() => listener.Output.Contains("Listening", StringComparison.Ordinal), "the listener listens", listener.Everything);

        var sent = await _harness.RunAsync("send", _harness.Write("one.json", Envelopes.Of("evt_listen", url, "fast", "\"secret\":\"s3cr3t\"")));

        sent.ExitCode.ShouldBe(0, sent.Everything());
        await _harness.UntilQueueIsEmptyAsync();
        var webhooks = await WebhooksAsync(port);
        webhooks.Count.ShouldBe(2);
        webhooks.ShouldAllBe(webhook => webhook.GetProperty("signature").GetString() == "verified");
        webhooks[0].GetProperty("payload").GetProperty("n").GetString().ShouldBe("evt_listen");
        await _harness.Http.PostAsync(new Uri($"http://127.0.0.1:{port}/webhooks/clear"), content: null);
        (await WebhooksAsync(port)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_listener_says_when_a_signature_does_not_hold()
    {
        var port = Ports.Free();
        var listener = _harness.Start("listen", "--port", $"{port}", "--secret", "s3cr3t", "--profile", "morag-step");
        await Harness.UntilAsync(() => listener.Output.Contains("Listening", StringComparison.Ordinal), "the listener listens", listener.Everything);
        foreach (var signature in new[] { "sha256=00", Hmac("{}", "other"), Hmac("{}", "s3cr3t") })
        {
            using var content = new StringContent("{}", Encoding.UTF8, "application/json");
            content.Headers.Add("X-MoRAG-Signature", signature);
            await _harness.Http.PostAsync(new Uri($"http://127.0.0.1:{port}/webhook"), content);
        }

        (await WebhooksAsync(port)).Select(webhook => webhook.GetProperty("signature").GetString()).ShouldBe(["INVALID", "INVALID", "verified"]);
    }

    [Fact]
    public async Task Fault_69_no_secret_is_in_any_output_nor_in_the_queue_files()
    {
        const string Secret = "inline-SECRET-4711";
        const string Token = "bearer-SECRET-4712";
        const string Header = "header-SECRET-4713";
        const string Configured = "config-SECRET-4714";
        _harness.Environment["secrets__mine"] = Configured;
        _harness.Environment["LOG_LEVEL"] = "Trace";
        _harness.WithFastProfile("00:00:00.1");
        await using var receiver = new RawReceiver(_ => 500);
        var worker = await _harness.StartWorkerAsync();
        var inline = Envelopes.Of("evt_inline", receiver.Url("/hook?key=query-SECRET"), "papr-batch", $"\"secret\":\"{Secret}\",\"bearer_token\":\"{Token}\",\"headers\":{{\"X-Key\":\"{Header}\"}}");
        var final = inline.Replace("papr-batch", "fast", StringComparison.Ordinal).Replace("evt_inline", "evt_final", StringComparison.Ordinal);
        var signed = final.Replace(Secret, "whsec_" + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Secret}-long-enough-bytes")), StringComparison.Ordinal);
        var referring = Envelopes.Of("evt_ref", receiver.Url(), "morag-step", "\"secret_ref\":\"config:mine\"");
        var sent = await _harness.RunAsync("send", _harness.Write("three.ndjson", $"{inline}\n{signed}\n{referring}\n"), "--json");
        sent.ExitCode.ShouldBe(0, sent.Everything());
        await Harness.UntilAsync(() => receiver.Requests.Count >= 4, "deliveries are tried", worker.Everything);
        receiver.Requests.ShouldContain(request => request["X-Webhook-Secret"] == Secret);

        await _harness.UntilDeadAsync(1);
        var show = await _harness.RunAsync("dead-letters", "show", "evt_final", "--json");
        var plain = await _harness.RunAsync("dead-letters", "show", "evt_final");
        await worker.TerminateAsync();

        foreach (var process in new[] { sent, show, plain, worker })
            (process.Output + process.Errors).ShouldNotContain("SECRET", Case.Sensitive);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_harness.Folder, "data"), "*", SearchOption.AllDirectories))
        {
            var text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
            foreach (var secret in new[] { Secret, Token, Header, Configured, Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)) }) text.ShouldNotContain(secret, Case.Sensitive, file);
            if (!OperatingSystem.IsWindows() && file.EndsWith(".xml", StringComparison.Ordinal)) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    private static string Hmac(string body, string secret) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)));

    private async Task<List<JsonElement>> WebhooksAsync(int port) =>
        [.. (await Harness.ReadJsonAsync(await _harness.Http.GetAsync(new Uri($"http://127.0.0.1:{port}/webhooks")))).EnumerateArray()];
}
