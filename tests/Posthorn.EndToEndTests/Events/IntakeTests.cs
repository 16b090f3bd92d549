using System.Net;

namespace Posthorn.EndToEndTests.Events;

/// <summary><c>POST /api/events</c>: the ways in.</summary>
public sealed class IntakeTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private readonly Harness _harness = running.Harness;

    [Fact]
    public async Task One_event_goes_to_every_endpoint_that_wants_it_under_one_id()
    {
        await using var consumer = await Consumer.StartAsync();
        foreach (var (path, pattern) in new[] { ("/exact", "tree.fell"), ("/below", "tree.*"), ("/all", "*"), ("/other", "treehouse.*"), ("/none", "tree.grew") })
            await _harness.RegisterAsync(consumer.Url(path), pattern, ""","tenant":"wood" """);

        var answer = await _harness.CallAsync("POST /api/events", """{"id":"evt_tree","type":"tree.fell","tenant":"wood","subject":"oak","data":{"n": [1, 2.50]}}""");

        answer.Status.ShouldBe(HttpStatusCode.Accepted, answer.Text);
        answer.Json.GetProperty("accepted").GetInt32().ShouldBe(1);
        await Harness.UntilAsync(() => consumer.Requests.Count == 3, "three deliveries", _harness.DescribeProcesses);
        await _harness.UntilQueueIsEmptyAsync();
        consumer.Requests.Select(each => each.RequestLine.Split(' ')[1]).ShouldBe(["/exact", "/below", "/all"], ignoreOrder: true);
        consumer.Requests.ShouldAllBe(each => each["webhook-id"] == "evt_tree" && each.Text == """{"n": [1, 2.50]}""");
        var told = await _harness.UntilRecordedAsync("evt_tree");
        told.GetProperty("matched").GetInt32().ShouldBe(3);
        told.Text("subject").ShouldBe("oak");
        told.Items("deliveries").Count.ShouldBe(3);
        told.GetProperty("data").GetRawText().ShouldBe("""{"n": [1, 2.50]}""");
    }

    [Fact]
    public async Task An_array_is_accepted_whole_or_not_at_all()
    {
        await using var consumer = await Consumer.StartAsync();
        await _harness.RegisterAsync(consumer.Url(), "array.*");

        var broken = await _harness.CallAsync("POST /api/events", $$"""[{{Event("evt_b1", "array.broken")}},{"id":"a b","data":null,"extra":1},{{Event("evt_b3", "array.broken")}}]""");
        var whole = await _harness.CallAsync("POST /api/events", $"[{Event("evt_w1", "array.whole")},{Event("evt_w2", "array.whole")}]");

        broken.ShouldBeProblem(HttpStatusCode.BadRequest).Paths.ShouldBe(["$[1].extra", "$[1].id", "$[1].type", "$[1].data"], ignoreOrder: true);
        whole.Json.Items("ids").Select(id => id.GetString()).ShouldBe(["evt_w1", "evt_w2"]);
        await Harness.UntilAsync(() => consumer.Requests.Count == 2, "two deliveries", _harness.DescribeProcesses);
        await _harness.UntilQueueIsEmptyAsync();
        consumer.Ids.ShouldBe(["evt_w1", "evt_w2"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_stream_of_lines_is_accepted_up_to_its_first_fault()
    {
        await using var consumer = await Consumer.StartAsync();
        await _harness.RegisterAsync(consumer.Url(), "line.read");

        var answer = await _harness.CallAsync("POST /api/events", $"{Event("evt_l1", "line.read")}\n\n{Event("evt_l2", "line.read")}\r\n{{\n{Event("evt_l4", "line.read")}", contentType: "application/x-ndjson");

        answer.ShouldBeProblem(HttpStatusCode.BadRequest).Paths.ShouldBe(["$[3]"]);
        answer.Json.GetProperty("accepted").GetInt32().ShouldBe(2);
        answer.Json.Items("ids").Select(id => id.GetString()).ShouldBe(["evt_l1", "evt_l2"]);
        await Harness.UntilAsync(() => consumer.Requests.Count == 2, "two deliveries", _harness.DescribeProcesses);
    }

    [Fact]
    public async Task Fault_52_the_same_event_is_accepted_once_and_another_body_under_its_id_is_409()
    {
        await using var consumer = await Consumer.StartAsync();
        await _harness.RegisterAsync(consumer.Url(), "twice.told");

        var first = await _harness.CallAsync("POST /api/events", Event("evt_twice", "twice.told"));
        var second = await _harness.CallAsync("POST /api/events", Event("evt_twice", "twice.told"));
        var other = await _harness.CallAsync("POST /api/events", Event("evt_twice", "twice.told", """{"another":"body"}"""));

        first.Json.GetProperty("duplicates").GetInt32().ShouldBe(0);
        second.Status.ShouldBe(HttpStatusCode.Accepted);
        second.Json.GetProperty("duplicates").GetInt32().ShouldBe(1);
        other.ShouldBeProblem(HttpStatusCode.Conflict).Paths.ShouldBe(["$.id"]);
        await _harness.UntilDeliveryIsAsync("evt_twice", "delivered");
        await _harness.UntilQueueIsEmptyAsync();
        consumer.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_event_that_nobody_wants_is_recorded()
    {
        await _harness.PublishAsync(Event("evt_unwanted", "unwanted.happened"));

        var told = await _harness.UntilRecordedAsync("evt_unwanted");

        told.GetProperty("matched").GetInt32().ShouldBe(0);
        told.Items("deliveries").ShouldBeEmpty();
        told.Text("accepted_at").ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Events_about_endpoints_are_published_by_the_worker_alone()
    {
        foreach (var type in new[] { "endpoint.disabled", "endpoint.recovered", "delivery.dead_lettered" })
            (await _harness.CallAsync("POST /api/events", Event("evt_forged", type))).ShouldBeProblem(HttpStatusCode.BadRequest).Paths.ShouldBe(["$.type"]);
    }

    private static string Event(string id, string type, string data = "1") => $$"""{"id":"{{id}}","type":"{{type}}","data":{{data}} }""";
}
