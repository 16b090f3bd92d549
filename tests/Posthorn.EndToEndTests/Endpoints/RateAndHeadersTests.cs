namespace Posthorn.EndToEndTests.Endpoints;

/// <summary>What else an endpoint may ask for.</summary>
[Collection(Alone.Name)]
public sealed class RateAndHeadersTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private readonly Harness _harness = running.Harness;

    [Fact]
    public async Task An_endpoint_gets_no_more_requests_a_second_than_it_asked_for()
    {
        await using var consumer = await Consumer.StartAsync();
        await _harness.RegisterAsync(consumer.Url(), "drop.fell", ""","rate_limit":10""");

        await _harness.PublishAsync([.. Enumerable.Range(1, 25).Select(n => $$"""{"id":"evt_drop-{{n}}","type":"drop.fell","data":{{n}}}""")]);

        await Harness.UntilAsync(() => consumer.Requests.Count == 25, "all arrive", _harness.DescribeProcesses);
        var arrived = consumer.Requests;
        foreach (var (first, later) in arrived.Zip(arrived.Skip(12))) later.Since(first).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.95));
    }

    [Fact]
    public async Task Headers_reach_the_receiver_and_their_values_are_never_shown()
    {
        const string Value = "Basic dXNlcjpwYXNzd29yZA";
        await using var consumer = await Consumer.StartAsync();
        var registered = await _harness.RegisterAsync($$"""{"url":"{{consumer.Url()}}?token=hidden-in-the-query","events":["door.opened"],"headers":{"Authorization":"{{Value}}","X-Env":"prod-7f3a"} }""");
        var id = registered.Text("id");

        await _harness.PublishAsync("""{"id":"evt_door","type":"door.opened","data":{"n":1}}""");

        await _harness.UntilDeliveryIsAsync("evt_door", "delivered");
        consumer.Requests[0]["Authorization"].ShouldBe(Value);
        consumer.Requests[0]["X-Env"].ShouldBe("prod-7f3a");
        consumer.Requests[0].RequestLine.ShouldContain("?token=hidden-in-the-query");
        var seen = new List<string> { registered.GetRawText(), _harness.DescribeProcesses() };
        foreach (var path in new[] { $"/api/webhooks/{id}", "/api/webhooks", $"/api/webhooks/{id}/deliveries", "/api/deliveries?event_id=evt_door", "/api/events/evt_door" })
            seen.Add((await _harness.CallAsync($"GET {path}")).Text);
        seen.ShouldAllBe(text => !text.Contains("dXNlcjpw") && !text.Contains("7f3a"));
        seen.Skip(4).ShouldAllBe(text => !text.Contains("hidden-in-the-query"), "the log and the deliveries have no query; the owner sees the whole URL");
        (await _harness.CallAsync($"GET /api/webhooks/{id}")).Json.GetProperty("headers").EnumerateObject().Select(each => each.Name).ShouldBe(["Authorization", "X-Env"], ignoreOrder: true);
    }
}
