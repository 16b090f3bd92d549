using System.Net;

namespace Posthorn.EndToEndTests.Access;

[Collection(ProductionCollection.Name)]
public sealed class TenantsTests(ProductionWorker production)
{
    private readonly Harness _harness = production.Harness;

    [Fact]
    public async Task What_is_another_tenants_is_404_and_stands_in_no_list()
    {
        await using var consumer = await Consumer.StartAsync(request => new Reply(request.RequestLine.Contains("/gone") ? 410 : 200));
        var ofA = await SetUpAsync(consumer);

        // 1. By its own tenant's key all of it is there; by another's, nothing is, and the answer is that to an id that nobody has.
        foreach (var (call, unknown, body) in ofA.Calls)
        {
            var other = await _harness.CallAsync(call, body, production["b"]);
            var nobodys = await _harness.CallAsync(unknown, body, production["b"]);
            other.ShouldBeProblem(HttpStatusCode.NotFound);
            Without(other.Text, call).ShouldBe(Without(nobodys.Text, unknown), call);
            if (call.StartsWith("GET ")) (await _harness.CallAsync(call, body, production["a"])).Status.ShouldBe(HttpStatusCode.OK, call);
        }

        // 2. Lists, whatever they are asked.
        foreach (var list in ofA.Lists)
        {
            var (a, b) = (await _harness.CallAsync($"GET {list}", key: production["a"]), await _harness.CallAsync($"GET {list}", key: production["b"]));
            a.Status.ShouldBe(HttpStatusCode.OK, a.Text);
            b.Status.ShouldBe(HttpStatusCode.OK, b.Text);
            a.Text.ShouldContain(ofA.Mark, customMessage: list);
            b.Text.ShouldNotContain(ofA.Mark, customMessage: list);
            b.Text.ShouldNotContain("tenant-a", customMessage: list);
        }

        // 3. Nothing can be done to it.
        foreach (var verb in new[] { "replay", "purge" })
            (await _harness.CallAsync($"POST /api/dead-letters/{verb}", $$"""{"sequences":[{{ofA.Sequence}}]}""", production["b"])).Json.Items("sequences").ShouldBeEmpty();
        (await _harness.CallAsync($"GET /api/dead-letters/{ofA.Sequence}", key: production["a"])).Status.ShouldBe(HttpStatusCode.OK);
        (await _harness.CallAsync($"GET /api/webhooks/{ofA.Webhook}", key: production["a"])).Json.Text("status").ShouldBe("active");
    }

    [Fact]
    public async Task Publishing_and_registering_for_another_tenant_is_403()
    {
        foreach (var tenant in new[] { "tenant-a", "*", "" })
        {
            var events = await _harness.CallAsync("POST /api/events", $$"""{"type":"t.t","tenant":"{{tenant}}","data":1}""", production["b"]);
            var judged = await _harness.CallAsync("POST /api/events/validate", $$"""{"type":"t.t","tenant":"{{tenant}}","data":1}""", production["b"]);
            var notified = await _harness.CallAsync("POST /api/notifications", $$"""{"type":"t.t","tenant":"{{tenant}}","destination":{"url":"https://example.com/"},"data":1}""", production["b"]);
            var registered = await _harness.CallAsync("POST /api/webhooks", $$"""{"url":"https://example.com/","events":["t.t"],"tenant":"{{tenant}}"}""", production["b"]);
            foreach (var answer in new[] { events, judged, notified, registered })
                answer.ShouldBeProblem(tenant.Length == 0 && answer.Status == HttpStatusCode.BadRequest ? HttpStatusCode.BadRequest : HttpStatusCode.Forbidden).Paths.ShouldBe(["$.tenant"]);
        }
    }

    [Fact]
    public async Task In_an_array_and_in_a_stream_one_event_of_another_tenant_is_403_and_named()
    {
        const string Mine = """{"id":"evt_mine","type":"t.t","data":1}""";
        const string Theirs = """{"id":"evt_theirs","type":"t.t","tenant":"tenant-a","data":1}""";

        var array = await _harness.CallAsync("POST /api/events", $"[{Mine},{Theirs}]", production["b"]);
        var stream = await _harness.CallAsync("POST /api/events", $"{Mine}\n{Theirs}\n", production["b"], "application/x-ndjson");

        array.ShouldBeProblem(HttpStatusCode.Forbidden).Paths.ShouldBe(["$[1].tenant"]);
        stream.ShouldBeProblem(HttpStatusCode.Forbidden).Paths.ShouldBe(["$[1].tenant"]);
        stream.Json.GetProperty("accepted").GetInt32().ShouldBe(1);
        (await _harness.CallAsync("GET /api/events/evt_theirs", key: production["a"])).ShouldBeProblem(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_a_tenant_does_not_say_is_its_own()
    {
        await using var consumer = await Consumer.StartAsync();
        var webhook = await _harness.RegisterAsync($$"""{"url":"{{consumer.Url()}}","events":["quiet.said"]}""", production["b"]);
        (await _harness.CallAsync("POST /api/events", """{"id":"evt_quiet-b","type":"quiet.said","data":1}""", production["b"])).Status.ShouldBe(HttpStatusCode.Accepted);
        (await _harness.CallAsync("POST /api/events", """{"id":"evt_quiet-a","type":"quiet.said","data":1}""", production["a"])).Status.ShouldBe(HttpStatusCode.Accepted);
        (await _harness.CallAsync("POST /api/events", """{"id":"evt_quiet","type":"quiet.said","data":1}""", ProductionWorker.Admin)).Status.ShouldBe(HttpStatusCode.Accepted);

        await UntilOkAsync("GET /api/events/evt_quiet", ProductionWorker.Admin);

        webhook.Text("tenant").ShouldBe("tenant-b");
        await Harness.UntilAsync(() => consumer.Requests.Count > 0, "its own event arrives");
        consumer.Ids.ShouldBe(["evt_quiet-b"]);
    }

    [Fact]
    public async Task What_is_everyones_is_not_a_tenants_to_see_or_to_change()
    {
        (await _harness.CallAsync("GET /api/queue", key: production["a"])).ShouldBeProblem(HttpStatusCode.Forbidden);
        (await _harness.CallAsync("PUT /api/event-types/t.t", "{}", production["a"])).ShouldBeProblem(HttpStatusCode.Forbidden);
        (await _harness.CallAsync("DELETE /api/event-types/stage_completed", key: production["a"])).ShouldBeProblem(HttpStatusCode.Forbidden);
    }

    /// <summary>One of everything for tenant a.</summary>
    private async Task<Belongings> SetUpAsync(Consumer consumer)
    {
        const string Mark = "belongs-to-a";
        var key = production["a"];
        var webhook = (await _harness.RegisterAsync($$"""{"url":"{{consumer.Url("/" + Mark)}}","events":["a.happened"],"description":"{{Mark}}"}""", key)).Text("id");
        await AcceptAsync("POST /api/events", $$"""{"id":"{{Mark}}","type":"a.happened","data":1}""");
        await AcceptAsync("POST /api/events", $$"""{"type":"task_started","data":{"task_id":"{{Mark}}"} }""");
        await AcceptAsync("POST /api/notifications", $$"""{"id":"dead-{{Mark}}","type":"a.lost","destination":{"url":"{{consumer.Url("/gone/" + Mark)}}"},"data":1}""");
        var run = (await _harness.CallAsync($"POST /api/webhooks/{webhook}/recover", """{"since":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z"}""", key)).Json.Text("id");

        await UntilOkAsync($"GET /api/v1/status/{Mark}", key);
        await UntilOkAsync($"GET /api/dead-letters/dead-{Mark}", key);
        await UntilOkAsync($"GET /api/deliveries/{Mark}.{webhook}", key);
        var sequence = (await _harness.CallAsync($"GET /api/dead-letters/dead-{Mark}", key: key)).Json.GetProperty("sequence").GetInt64();
        return new Belongings(Mark, webhook, run, sequence);

        async Task AcceptAsync(string call, string body) => (await _harness.CallAsync(call, body, key)).Status.ShouldBe(HttpStatusCode.Accepted);
    }

    private Task UntilOkAsync(string call, string key) =>
        Harness.UntilAsync(async () => (await _harness.CallAsync(call, key: key)).Status == HttpStatusCode.OK, call, _harness.DescribeProcesses);

    /// <summary>An answer but for the id that was asked for.</summary>
    private static string Without(string text, string call) => call.Split('/').Aggregate(text, (rest, part) => rest.Replace($"\\u0027{part}\\u0027", "…", StringComparison.Ordinal));

    private sealed record Belongings(string Mark, string Webhook, string Run, long Sequence)
    {
        public IEnumerable<(string Call, string Unknown, string? Body)> Calls =>
        [
            .. ApiRoutes.All.Where(route => route.Path.StartsWith("/api/webhooks/{id}"))
                .Select(route => (Real(route, Webhook, Run), Real(route, "wh_nobodys", "rec_nobodys"), route.Body)),
            ($"GET /api/deliveries/{Mark}.{Webhook}", "GET /api/deliveries/nobodys", null),
            ($"POST /api/deliveries/{Mark}.{Webhook}/resend", "POST /api/deliveries/nobodys/resend", null),
            ($"GET /api/deliveries/dead-{Mark}", "GET /api/deliveries/nobodys", null),
            ($"GET /api/events/{Mark}", "GET /api/events/nobodys", null),
            ($"GET /api/dead-letters/dead-{Mark}", "GET /api/dead-letters/nobodys", null),
            ($"GET /api/dead-letters/{Sequence}", "GET /api/dead-letters/99999999", null),
            ($"GET /api/v1/status/{Mark}", "GET /api/v1/status/nobodys", null),
            ($"GET /api/v1/status/{Mark}/history", "GET /api/v1/status/nobodys/history", null),
        ];

        public IEnumerable<string> Lists =>
        [
            "/api/webhooks", "/api/webhooks?tenant=tenant-a", "/api/webhooks?tenant=*", "/api/deliveries", "/api/deliveries?tenant=tenant-a", $"/api/deliveries?webhook_id={Webhook}",
            $"/api/deliveries?event_id={Mark}", "/api/deliveries?type=a.*", "/api/dead-letters", "/api/dead-letters?limit=10000", "/api/v1/status/events/recent?hours=24",
        ];

        private static string Real(ApiRoute route, string webhook, string run) =>
            $"{route.Method} {route.Path.Replace("{id}", webhook, StringComparison.Ordinal).Replace("{run}", run, StringComparison.Ordinal)}";
    }
}
