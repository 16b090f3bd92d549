using System.Net;

namespace Posthorn.EndToEndTests.Endpoints;

/// <summary>seeds/003, with its own request bodies and its own consumer.</summary>
public sealed class FileConversionTests : IAsyncLifetime
{
    private const string Completed = """{"document_id": 123, "filename": "important_document.pdf", "status": "completed", "processing_time_ms": 5200, "content_type": "pdf", "folder_id": 1}""";
    private const string Failed = """{"document_id": 124, "filename": "corrupted_file.pdf", "status": "error", "error_message": "Failed to extract text from PDF: File is corrupted or password protected", "folder_id": 1}""";
    private readonly Harness _harness = new();
    private string _secret = "";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task The_consumer_of_seeds_003_lives_through_its_whole_document()
    {
        await using var consumer = await Consumer.StartAsync(Answer);
        await _harness.StartWorkerAsync();

        // 1. Registered with the document's body: no profile, no secret.
        var registered = await _harness.RegisterAsync(
            $$"""{"url": "{{consumer.Url("/webhooks/file-conversion")}}", "events": ["document.completed", "document.error"], "description": "Notification endpoint for document processing events"}""");
        var id = registered.Text("id");
        _secret = registered.Text("secret");
        registered.Text("profile").ShouldBe("file-conversion");
        registered.Text("status").ShouldBe("active");
        registered.Text("description").ShouldBe("Notification endpoint for document processing events");
        _secret.Length.ShouldBeGreaterThan(31);

        // 2. Its events, as the document prints them.
        await PublishAllAsync("a");
        var events = consumer.Events;
        events.Select(each => Consumer.Json(each).Text("event")).ShouldBe(["document.completed", "document.error"], ignoreOrder: true);
        events.ShouldAllBe(each => each.RequestLine.StartsWith("POST /webhooks/file-conversion "));
        events.Select(each => each.Text).ShouldContain($$"""{"event":"document.completed","timestamp":"2023-06-15T10:35:00Z","data":{{Completed}}}""");
        events.Select(each => each.Text).ShouldContain($$"""{"event":"document.error","timestamp":"2023-06-15T10:35:00Z","data":{{Failed}}}""");

        // 3. Listed, without the secret.
        var listed = (await _harness.CallAsync("GET /api/webhooks")).Json.Items("webhooks").ShouldHaveSingleItem();
        listed.Text("id").ShouldBe(id);
        listed.Text("description").ShouldBe("Notification endpoint for document processing events");
        listed.Text("created_at").ShouldBe(registered.Text("created_at"));
        listed.GetRawText().ShouldNotContain(_secret);

        // 4. Updated with the document's body.
        var updated = await _harness.CallAsync(
            $"PUT /api/webhooks/{id}",
            $$"""{"url": "{{consumer.Url("/webhooks/new-endpoint")}}", "events": ["document.completed", "document.error", "document.deleted"], "description": "Updated notification endpoint"}""");
        updated.Status.ShouldBe(HttpStatusCode.OK, updated.Text);
        updated.Json.Text("description").ShouldBe("Updated notification endpoint");
        await PublishAllAsync("b");
        consumer.Events.Skip(2).Select(each => Consumer.Json(each).Text("event")).ShouldBe(["document.completed", "document.error", "document.deleted"], ignoreOrder: true);
        consumer.Events.Skip(2).ShouldAllBe(each => each.RequestLine.StartsWith("POST /webhooks/new-endpoint "));

        // 5. The log: recent attempts with status codes and response times.
        var deliveries = (await _harness.CallAsync($"GET /api/webhooks/{id}/deliveries")).Json.Items("deliveries");
        deliveries.Count.ShouldBe(5);
        deliveries.ShouldAllBe(each => each.GetProperty("status_code").GetInt32() == 200 && each.GetProperty("response_time_ms").GetInt64() >= 0 && each.Text("status") == "delivered");

        // 6. Deleted.
        (await _harness.CallAsync($"DELETE /api/webhooks/{id}")).Status.ShouldBe(HttpStatusCode.NoContent);
        await PublishAllAsync("c");
        consumer.Events.Count.ShouldBe(5);
        (await _harness.CallAsync($"GET /api/webhooks/{id}/deliveries")).ShouldBeProblem(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_partial_update_leaves_what_is_absent()
    {
        await using var consumer = await Consumer.StartAsync();
        await _harness.StartWorkerAsync();
        var id = (await _harness.RegisterAsync($$"""{"url":"{{consumer.Url()}}","events":["document.completed"],"description":"d","headers":{"X-Env":"prod"},"rate_limit":7}""")).Text("id");

        var changed = (await _harness.CallAsync($"PUT /api/webhooks/{id}", """{"description":"other"}""")).Json;

        changed.Text("url").ShouldBe(consumer.Url().OriginalString);
        changed.Items("events").ShouldHaveSingleItem().GetString().ShouldBe("document.completed");
        changed.GetProperty("rate_limit").GetInt32().ShouldBe(7);
        changed.GetProperty("headers").Has("X-Env").ShouldBeTrue();
        changed.Text("description").ShouldBe("other");
    }

    private Reply Answer(Received request) => Consumer.IsSigned(request, _secret) ? new Reply(200, """{"received":true}""") : new Reply(401, "{}");

    private async Task PublishAllAsync(string round)
    {
        await _harness.PublishAsync(
            [.. new[] { ("uploaded", Completed), ("processing", Completed), ("completed", Completed), ("error", Failed), ("deleted", Completed) }
                .Select(each => $$"""{"id":"{{round}}_{{each.Item1}}","type":"document.{{each.Item1}}","time":"2023-06-15T10:35:00Z","data":{{each.Item2}}}""")]);
        await _harness.UntilQueueIsEmptyAsync();
    }
}
