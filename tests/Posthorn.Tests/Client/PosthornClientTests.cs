using System.Net;
using System.Text.Json;
using Posthorn.Client;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Client;

public sealed class PosthornClientTests : IDisposable
{
    private readonly FakeServer _server = new(_ => FakeServer.Accepted());

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task An_envelope_is_posted_in_snake_case_without_what_is_null()
    {
        var envelope = ClientFacts.Envelope("evt_1") with { Profile = "papr-batch", Time = Given.Now, DeliverAfter = Given.Now.AddHours(1) };

        var id = await ClientFacts.Client(_server).EnqueueAsync(envelope);

        id.ShouldBe("evt_1");
        var request = _server.Seen.ShouldHaveSingleItem();
        request.Method.ShouldBe(HttpMethod.Post);
        request.Url.ShouldBe(new Uri("http://worker.test/api/notifications"));
        request.Headers["Content-Type"].ShouldBe("application/json");
        request.Headers.Keys.ShouldNotContain("Authorization");
        request.Body.ShouldBe(
            """{"id":"evt_1","type":"batch.completed","profile":"papr-batch","time":"2024-03-21T15:30:45.000Z","deliver_after":"2024-03-21T16:30:45.000Z","destination":{"url":"https://example.com/hook?token=hidden","secret":"top-secret"},"data":{ "n" : 1.0 }}""");
    }

    [Fact]
    public async Task Every_field_of_an_envelope_is_one_that_the_worker_reads()
    {
        var envelope = new NotificationEnvelope
        {
            Id = "evt_2",
            Type = "t",
            Profile = "standard",
            Tenant = "user_1",
            Subject = "batch-7",
            Time = Given.Now,
            DeliverAfter = Given.Now.AddSeconds(1),
            ExpiresAt = Given.Now.AddSeconds(2),
            OrderingKey = "k",
            Destination = new NotificationDestination
            {
                Url = new Uri("https://example.com/"),
                SecretRef = "config:a",
                BearerTokenRef = "config:b",
                Headers = new Dictionary<string, string> { ["X-Env"] = "prod" },
            },
            ContentType = "text/plain",
            Binary = "hello"u8.ToArray(),
        };
        var inClear = envelope with { Destination = new() { Url = envelope.Destination.Url, BearerToken = new SigningSecret("tok-123") } };

        await ClientFacts.Client(_server).EnqueueAsync([envelope, inClear]);

        foreach (var posted in _server.Seen.ShouldHaveSingleItem().Json.EnumerateArray())
        {
            var read = Given.Read(posted.GetRawText());
            read.Errors.ShouldBeEmpty();
            read.Message.ShouldNotBeNull().Body.ToArray().ShouldBe("hello"u8.ToArray());
            read.Message.Properties["subject"].ShouldBe("batch-7");
        }
    }

    [Fact]
    public async Task A_list_is_posted_as_one_array_and_its_ids_come_back_in_order()
    {
        var ids = await ClientFacts.Client(_server).EnqueueAsync([ClientFacts.Envelope("evt_a"), ClientFacts.Envelope(), ClientFacts.Envelope("evt_c")]);

        var posted = _server.Seen.ShouldHaveSingleItem().Json.EnumerateArray().Select(item => item.GetProperty("id").GetString());
        ids.ShouldBe(posted);
        (ids[0], ids[2]).ShouldBe(("evt_a", "evt_c"));
    }

    [Fact]
    public async Task An_empty_list_asks_nobody()
    {
        (await ClientFacts.Client(_server).EnqueueAsync([])).ShouldBeEmpty();
        (await ClientFacts.Client(_server).PublishAsync([])).ShouldBeEmpty();

        _server.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_id_is_made_when_there_is_none_and_is_a_UUIDv7_of_that_time()
    {
        var id = await ClientFacts.Client(_server).EnqueueAsync(ClientFacts.Envelope());

        Guid.Parse(id).Version.ShouldBe(7);
        id[..13].ShouldBe(Guid.CreateVersion7(Given.Now).ToString()[..13]);
        _server.Seen[0].Json.GetProperty("id").GetString().ShouldBe(id);
    }

    [Fact]
    public async Task Events_are_posted_to_their_own_path()
    {
        var client = ClientFacts.Client(_server);

        await client.PublishAsync(ClientFacts.Event(id: "evt_9") with { Tenant = "user_1", Time = Given.Now, Profile = "proposal" });
        var ids = await client.PublishAsync([ClientFacts.Event(), ClientFacts.Event()]);

        _server.Seen[0].Url.ShouldBe(new Uri("http://worker.test/api/events"));
        _server.Seen[0].Body.ShouldBe("""{"id":"evt_9","type":"batch.completed","tenant":"user_1","time":"2024-03-21T15:30:45.000Z","profile":"proposal","data":{}}""");
        _server.Seen[1].Json.EnumerateArray().Select(item => item.GetProperty("id").GetString()).ShouldBe(ids);
    }

    [Theory]
    [InlineData("https://worker.test", "https://worker.test/api/notifications")]
    [InlineData("https://worker.test/", "https://worker.test/api/notifications")]
    [InlineData("https://gateway.test:8443/posthorn", "https://gateway.test:8443/posthorn/api/notifications")]
    public async Task The_server_s_path_is_kept_and_the_key_is_sent(string server, string posted)
    {
        var options = new PosthornClientOptions { Server = new Uri(server), ApiKey = "key-1" };

        await ClientFacts.Client(_server, options).EnqueueAsync(ClientFacts.Envelope());

        _server.Seen[0].Url.ShouldBe(new Uri(posted));
        _server.Seen[0].Headers["Authorization"].ShouldBe("Bearer key-1");
    }

    [Fact]
    public async Task A_rejection_names_every_fault_and_is_not_tried_again()
    {
        var server = new FakeServer(_ => FakeServer.Problem(
            HttpStatusCode.BadRequest, "Nothing of this request was accepted.", """[{"path":"$.type","detail":"is required"},{"path":"$.destination.url","detail":"is http"}]"""));

        var rejected = await Should.ThrowAsync<PosthornRejectedException>(ClientFacts.Client(server).EnqueueAsync(ClientFacts.Envelope()));

        server.Seen.Count.ShouldBe(1);
        rejected.Status.ShouldBe(HttpStatusCode.BadRequest);
        rejected.Detail.ShouldBe("Nothing of this request was accepted.");
        rejected.Faults.ShouldBe([new RejectionFault("$.type", "is required"), new RejectionFault("$.destination.url", "is http")]);
        rejected.Message.ShouldBe("Rejected (400): Nothing of this request was accepted. $.type: is required; $.destination.url: is http");
    }

    [Theory]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Conflict)]
    [InlineData(HttpStatusCode.RequestEntityTooLarge)]
    public async Task Another_4xx_is_a_rejection(HttpStatusCode status)
    {
        var server = new FakeServer(_ => FakeServer.Problem(status, "why"));

        var rejected = await Should.ThrowAsync<PosthornRejectedException>(ClientFacts.Client(server).EnqueueAsync(ClientFacts.Envelope()));

        (rejected.Status, rejected.Detail, server.Seen.Count).ShouldBe((status, "why", 1));
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, "<html>")]
    [InlineData(HttpStatusCode.Accepted, "")]
    [InlineData(HttpStatusCode.Accepted, "null")]
    [InlineData(HttpStatusCode.Accepted, "[]")]
    [InlineData(HttpStatusCode.Redirect, "")]
    [InlineData(HttpStatusCode.NotFound, "<html>")]
    public async Task An_answer_that_is_not_a_worker_s_is_never_taken_for_a_yes(HttpStatusCode status, string body)
    {
        var server = new FakeServer(_ => FakeServer.Json(status, body));

        var rejected = await Should.ThrowAsync<PosthornRejectedException>(ClientFacts.Client(server).EnqueueAsync(ClientFacts.Envelope()));

        rejected.Detail.ShouldBe("not an answer of a Posthorn API");
    }

    [Fact]
    public void No_secret_and_no_payload_is_shown()
    {
        var envelope = ClientFacts.Envelope("evt_1");

        string[] shown = [envelope.ToString(), envelope.Destination.ToString(), $"{envelope.Data}", ClientFacts.Event().ToString(), JsonSerializer.Serialize(envelope.Destination)];

        shown.ShouldAllBe(text => !text.Contains("top-secret"));
        shown[0].ShouldBe("batch.completed evt_1 to https://example.com/hook");
        shown[2].ShouldBe("JSON of 13 bytes");
        JsonSerializer.Serialize(new PosthornClientOptions { ApiKey = "key-1" }).ShouldNotContain("key-1");
    }
}
