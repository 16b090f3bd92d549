using System.Net;

namespace Posthorn.EndToEndTests.Endpoints;

/// <summary>seeds/004, with its own request bodies and its own consumer.</summary>
public sealed class ProposalConsumerTests : IAsyncLifetime
{
    private const string Secret = "your_webhook_secret";
    private readonly Harness _harness = new();
    private readonly ProposalConsumer _code = new(Secret);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task The_consumer_of_seeds_004_is_verified_and_gets_its_events_and_only_those_over_a_restart()
    {
        await using var consumer = await Consumer.StartAsync(_code.Answer);
        var worker = await _harness.StartWorkerAsync();

        // 1. Registered with the document's body, and verified at once.
        var registered = await _harness.RegisterAsync($$"""{"url": "{{consumer.Url()}}", "events": ["job.completed", "job.failed"], "secret": "{{Secret}}"}""");
        registered.Text("id").ShouldStartWith("wh_");
        registered.Text("url").ShouldBe(consumer.Url().OriginalString);
        registered.Items("events").Select(each => each.GetString()).ShouldBe(["job.completed", "job.failed"]);
        registered.Text("status").ShouldBe("active");
        registered.Text("profile").ShouldBe("proposal");
        DateTimeOffset.Parse(registered.Text("created_at")).ShouldBeInRange(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        consumer.Requests.ShouldHaveSingleItem().Text.ShouldMatch("""^\{"type":"webhook\.verify","challenge":"[a-z0-9]{20,}"\}$""");

        // 2. Its events, and only those.
        await _harness.PublishAsync(
            Event("evt_created", "job.created", """{"job_id": "job_123", "proposal_id": "prop_123", "status": "pending"}"""),
            Event("evt_started", "job.started", """{"job_id": "job_123", "status": "processing"}"""),
            Event("evt_completed", "job.completed", """{"job_id": "job_123", "proposal_id": "prop_123", "document_id": "doc_123", "status": "completed"}"""),
            Event("evt_document", "document.created", """{"document_id": "doc_123", "proposal_id": "prop_123", "version": 1}"""));
        await _harness.UntilQueueIsEmptyAsync();
        var completed = _code.Processed.ShouldHaveSingleItem();
        completed.Text("id").ShouldBe("evt_completed");
        completed.Text("type").ShouldBe("job.completed");
        DateTimeOffset.Parse(completed.Text("timestamp")).ShouldBeInRange(DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        completed.GetProperty("data").GetRawText().ShouldBe("""{"job_id": "job_123", "proposal_id": "prop_123", "document_id": "doc_123", "status": "completed"}""");

        // 3. Another process knows it too.
        (await worker.TerminateAsync()).ShouldBe(0);
        await _harness.StartWorkerAsync();
        await _harness.PublishAsync(Event("evt_failed", "job.failed", """{"job_id": "job_123", "error": "Error message", "error_details": {}}"""), Event("evt_more", "proposal.created", """{"proposal_id": "prop_123"}"""));
        await _harness.UntilQueueIsEmptyAsync();
        _code.Processed.Select(each => each.Text("id")).ShouldBe(["evt_completed", "evt_failed"]);
        (await _harness.CallAsync("GET /api/webhooks")).Json.Items("webhooks").ShouldHaveSingleItem().Text("status").ShouldBe("active");
        consumer.Requests.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_retry_has_the_id_by_which_the_consumer_of_seeds_004_knows_what_it_has_processed()
    {
        _code.Crashes = 1;
        await using var consumer = await Consumer.StartAsync(_code.Answer);
        await _harness.StartWorkerAsync();
        await _harness.RegisterAsync($$"""{"url": "{{consumer.Url()}}", "events": ["job.completed", "job.failed"], "secret": "{{Secret}}"}""");

        await _harness.PublishAsync(Event("evt_once", "job.completed", """{"job_id": "job_1"}"""));

        await _harness.UntilQueueIsEmptyAsync();
        _code.Processed.ShouldHaveSingleItem().Text("id").ShouldBe("evt_once");
        _code.AlreadyProcessed.ShouldBe(1);
        var events = consumer.Events;
        events[1].Since(events[0]).ShouldBeInRange(TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task A_signature_that_the_consumer_refuses_is_final_as_its_401_says()
    {
        await using var consumer = await Consumer.StartAsync(new ProposalConsumer("another secret").Answer);
        await _harness.StartWorkerAsync();

        var registered = await _harness.RegisterAsync($$"""{"url": "{{consumer.Url()}}", "events": ["job.completed"], "secret": "{{Secret}}"}""");

        registered.Text("status").ShouldBe("pending");
        registered.Text("verification").ShouldContain("401");
    }

    [Fact]
    public async Task Managing_webhooks_goes_as_seeds_004_says()
    {
        await using var consumer = await Consumer.StartAsync(_code.Answer);
        await _harness.StartWorkerAsync();
        var id = (await _harness.RegisterAsync($$"""{"url": "{{consumer.Url()}}", "events": ["job.completed"], "secret": "{{Secret}}"}""")).Text("id");

        var got = await _harness.CallAsync($"GET /api/webhooks/{id}");
        var updated = await _harness.CallAsync($"PUT /api/webhooks/{id}", $$"""{"url": "{{consumer.Url("/new")}}", "events": ["job.completed", "job.failed"]}""");
        var deleted = await _harness.CallAsync($"DELETE /api/webhooks/{id}");
        var gone = await _harness.CallAsync($"GET /api/webhooks/{id}");
        var list = await _harness.CallAsync("GET /api/webhooks");

        got.Json.Text("id").ShouldBe(id);
        updated.Json.Text("url").ShouldBe(consumer.Url("/new").OriginalString);
        updated.Json.Text("status").ShouldBe("active");
        deleted.Status.ShouldBe(HttpStatusCode.NoContent);
        gone.ShouldBeProblem(HttpStatusCode.NotFound);
        list.Json.Items("webhooks").ShouldBeEmpty();
    }

    private static string Event(string id, string type, string data) => $$"""{"id":"{{id}}","type":"{{type}}","data":{{data}}}""";
}
