using System.Net;
using System.Text.Json;

namespace Posthorn.EndToEndTests.Access;

[Collection(ProductionCollection.Name)]
public sealed class RefusalsTests(ProductionWorker production)
{
    private const string Hostile = "x'; DROP TABLE deliveries; -- \" % _ \\ ü 🎺";
    private readonly Harness _harness = production.Harness;

    public static TheoryData<string> WithBody => [.. ApiRoutes.All.Where(route => route.Body is not null).Select(route => route.ToString())];

    [Theory]
    [MemberData(nameof(WithBody))]
    public async Task A_body_that_is_malformed_of_another_type_or_too_large_is_told_so(string name)
    {
        var call = await RealCallAsync(ApiRoutes.All.Single(route => route.ToString() == name));
        var isIntake = call is "POST /api/events" or "POST /api/notifications";

        // 1. Not JSON, or of another shape: 400 with a path for every fault.
        foreach (var body in new[] { "{", "null", "7", "\"text\"", "{\"a\":1,\"a\":2}", "{\"nobody_knows_this\":1}", "{\"n\":1e999}", "{\"s\":\"\\ud800\"}", "\u0000", new string('[', 10_000) })
        {
            var answer = (await _harness.CallAsync(call, body, ProductionWorker.Admin)).ShouldBeProblem(HttpStatusCode.BadRequest);
            answer.Paths.ShouldNotBeEmpty(answer.Text);
            answer.Paths.ShouldAllBe(path => path.StartsWith('$'));
        }

        // 2. Another content type.
        foreach (var type in new[] { "text/plain", "application/x-www-form-urlencoded", "application/xml", "" })
            (await _harness.CallAsync(call, "{}", ProductionWorker.Admin, type)).ShouldBeProblem(HttpStatusCode.UnsupportedMediaType);

        // 3. Too large.
        (await _harness.CallAsync(call, $$"""{"x":"{{new string('x', 11 * 1024 * 1024)}}"}""", ProductionWorker.Admin)).ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge);
        if (!isIntake) return;
        var destination = call.EndsWith("notifications") ? "\"destination\":{\"url\":\"https://example.com/\"}," : "";
        (await _harness.CallAsync(call, $"{{{destination}\"type\":\"t\",\"data\":\"{new string('x', 1024 * 1024)}\"}}", ProductionWorker.Admin)).ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Every_fault_of_a_registration_is_named_by_its_path()
    {
        const string Faulty = """{"url":"ftp://x","events":["a b","*.x",""],"profile":"nobody","tenant":"","rate_limit":-1,"headers":{"Host":"h","X-A":"a\r\nb"},"extra":1}""";

        var answer = await _harness.CallAsync("POST /api/webhooks", Faulty, ProductionWorker.Admin);

        foreach (var path in new[] { "$.url", "$.events[0]", "$.events[1]", "$.events[2]", "$.profile", "$.tenant", "$.rate_limit", "$.headers.Host", "$.headers.X-A", "$.extra" })
            answer.ShouldBeProblem(HttpStatusCode.BadRequest).Paths.ShouldContain(path);
    }

    [Theory]
    [InlineData("/api/deliveries?limit=0", "limit")]
    [InlineData("/api/deliveries?limit=251", "limit")]
    [InlineData("/api/deliveries?limit=1e3", "limit")]
    [InlineData("/api/deliveries?cursor=x", "cursor")]
    [InlineData("/api/deliveries?cursor=99999999999999999999999", "cursor")]
    [InlineData("/api/deliveries?status=DELIVERED", "status")]
    [InlineData("/api/deliveries?status_code=20x", "status_code")]
    [InlineData("/api/deliveries?since=yesterday", "since")]
    [InlineData("/api/deliveries?until=2026-13-01T00:00:00Z", "until")]
    [InlineData("/api/webhooks?limit=-1", "limit")]
    [InlineData("/api/dead-letters?limit=10001", "limit")]
    public async Task A_query_that_cannot_be_read_is_400_and_names_its_parameter(string path, string parameter) =>
        (await _harness.CallAsync($"GET {path}", key: ProductionWorker.Admin)).ShouldBeProblem(HttpStatusCode.BadRequest).Paths.ShouldBe([parameter]);

    [Fact]
    public async Task Hostile_text_is_kept_as_it_is_in_every_field_that_takes_text()
    {
        await using var consumer = await Consumer.StartAsync();
        var text = JsonSerializer.Serialize(Hostile);
        var webhook = await _harness.RegisterAsync($$"""{"url":"{{consumer.Url()}}","events":["hostile.text"],"description":{{text}},"tenant":{{text}} }""", ProductionWorker.Admin);
        await AcceptAsync($$"""{"id":"evt_hostile","type":"hostile.text","tenant":{{text}},"subject":{{text}},"data":{"text":{{text}},"nul":"\u0000"} }""");
        await AcceptAsync($$"""{"id":"evt_hostile-task","type":"task_started","tenant":{{text}},"data":{"task_id":{{text}},"message":"a\u0000b"} }""");
        await AcceptAsync("""{"id":"evt_nul-task","type":"task_started","data":{"task_id":"nul \u0000 task"}}""");

        await Harness.UntilAsync(() => consumer.Requests.Count == 1, "the event arrives", _harness.DescribeProcesses);
        webhook.Text("description").ShouldBe(Hostile);
        consumer.Requests[0].Text.ShouldBe($$"""{"text":{{text}},"nul":"\u0000"}""");
        var told = await UntilOkAsync("/api/events/evt_hostile");
        told.Text("tenant").ShouldBe(Hostile);
        told.Text("subject").ShouldBe(Hostile);
        told.GetProperty("data").GetRawText().ShouldBe(consumer.Requests[0].Text);
        (await UntilOkAsync($"/api/v1/status/{Uri.EscapeDataString(Hostile)}")).Text("task_id").ShouldBe(Hostile);
        (await _harness.CallAsync($"GET /api/deliveries?tenant={Uri.EscapeDataString(Hostile)}", key: ProductionWorker.Admin)).Json.Items("deliveries").ShouldHaveSingleItem();
        (await _harness.CallAsync($"GET /api/webhooks?tenant={Uri.EscapeDataString(Hostile)}", key: ProductionWorker.Admin)).Json.Items("webhooks").ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("tenant")]
    [InlineData("event_id")]
    [InlineData("type")]
    [InlineData("profile")]
    [InlineData("destination")]
    [InlineData("webhook_id")]
    public async Task A_pattern_in_a_query_is_only_a_text(string parameter)
    {
        await AcceptAsync("""{"id":"evt_pattern","type":"pattern.text","tenant":"pattern","data":1}""");

        foreach (var text in new[] { "%", "_", "%%", "evt_%", "' OR '1'='1", "a' OR 1=1 --", "\"", "\\", "\0", "🎺", new string('%', 800) })
            (await _harness.CallAsync($"GET /api/deliveries?{parameter}={Uri.EscapeDataString(text)}", key: ProductionWorker.Admin)).Json.Items("deliveries").ShouldBeEmpty(text);
    }

    private async Task<string> RealCallAsync(ApiRoute route)
    {
        if (!route.Path.StartsWith("/api/webhooks/{id}")) return route.Call("refused.type");
        return route.Call(await _harness.RegisterAsync(new Uri("http://127.0.0.1:9/hook"), "never.happened", key: ProductionWorker.Admin));
    }

    private async Task AcceptAsync(string body)
    {
        var answer = await _harness.CallAsync("POST /api/events", body, ProductionWorker.Admin);
        answer.Status.ShouldBe(HttpStatusCode.Accepted, answer.Text);
    }

    private async Task<JsonElement> UntilOkAsync(string path)
    {
        var answer = await _harness.CallAsync($"GET {path}", key: ProductionWorker.Admin);
        await Harness.UntilAsync(async () => (answer = await _harness.CallAsync($"GET {path}", key: ProductionWorker.Admin)).Status == HttpStatusCode.OK, path, _harness.DescribeProcesses);
        return answer.Json;
    }
}
