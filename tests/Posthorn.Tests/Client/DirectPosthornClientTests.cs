using System.Net;
using System.Text;
using Posthorn.Client;
using Posthorn.Client.Direct;
using Posthorn.Queues;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Client;

public class DirectPosthornClientTests
{
    private static readonly TimeSpan PaprTimeout = TimeSpan.FromSeconds(30);
    private readonly ImpatientClock _clock = new(PaprTimeout);
    private readonly PosthornDirectOptions _options = new();

    [Fact]
    public async Task It_sends_what_the_worker_would_signed()
    {
        var server = new FakeServer(_ => new HttpResponseMessage(HttpStatusCode.OK));

        var id = await Client(server).EnqueueAsync(Papr());

        Guid.Parse(id).Version.ShouldBe(7);
        var request = server.Seen.ShouldHaveSingleItem();
        request.Body.ShouldBe("""{ "n" : 1.0 }""");
        request.Url.ShouldBe(new Uri("https://example.com/hook?token=hidden"));
        request.Headers["User-Agent"].ShouldBe("PaprMemory-BatchWebhook/1.0");
        request.Headers["X-Webhook-Event"].ShouldBe("batch.completed");
        VerdictOn(request, "papr-batch").ShouldBe(SignatureVerdict.Verified);
    }

    [Fact]
    public async Task A_failing_receiver_is_tried_three_times_more_at_the_profile_s_waits()
    {
        var server = new FakeServer(number => new HttpResponseMessage(number < 4 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK));

        await Client(server).EnqueueAsync(Papr());

        server.Seen.Count.ShouldBe(4);
        _clock.Waits.Count.ShouldBe(3);
        foreach (var (index, wait) in _clock.Waits.Index()) wait.TotalSeconds.ShouldBeInRange(0.8 * (1 << index), 1.2 * (1 << index));
    }

    [Fact]
    public async Task A_long_wait_is_cut_short_and_so_is_a_Retry_After()
    {
        var clock = new ImpatientClock(TimeSpan.FromSeconds(15));
        var server = new FakeServer(number =>
        {
            var answer = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
            if (number == 1) answer.Headers.RetryAfter = new(TimeSpan.FromHours(1));
            return answer;
        });
        _options.MaxWait = TimeSpan.FromSeconds(2);

        await Should.ThrowAsync<PosthornUndeliverableException>(Client(server, clock).EnqueueAsync(Papr() with { Profile = "standard", Destination = Example() }));

        clock.Waits.Count.ShouldBe(3);
        clock.Waits.ShouldAllBe(wait => wait <= TimeSpan.FromSeconds(2.4));
    }

    [Fact]
    public async Task When_it_gives_up_it_says_why()
    {
        var server = new FakeServer(_ => new HttpResponseMessage(HttpStatusCode.InternalServerError));

        var failed = await Should.ThrowAsync<PosthornUndeliverableException>(Client(server).EnqueueAsync(Papr() with { Id = "evt_1" }));

        failed.Undelivered.ShouldBe(
            [new UndeliveredNotification("evt_1", "https://example.com/hook", DeadLetterReason.RetriesExhausted, "attempt 4 of 4 failed: HTTP 500")]);
        failed.Message.ShouldNotContain("hidden");
    }

    [Fact]
    public async Task A_final_answer_is_not_tried_again()
    {
        var clock = new ImpatientClock(TimeSpan.FromSeconds(5));
        var server = new FakeServer(_ => new HttpResponseMessage(HttpStatusCode.BadRequest));

        var failed = await Should.ThrowAsync<PosthornUndeliverableException>(Client(server, clock).EnqueueAsync(Papr() with { Profile = "proposal" }));

        failed.Undelivered[0].Reason.ShouldBe(DeadLetterReason.PermanentFailure);
        server.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_expired_envelope_is_not_sent_and_not_said_to_be_delivered()
    {
        var server = new FakeServer(_ => new HttpResponseMessage(HttpStatusCode.OK));

        var failed = await Should.ThrowAsync<PosthornUndeliverableException>(Client(server).EnqueueAsync(Papr() with { ExpiresAt = Given.Now }));

        failed.Undelivered[0].Reason.ShouldBe(DeadLetterReason.Expired);
        server.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task Faults_are_named_as_the_worker_names_them_and_nothing_is_sent()
    {
        var server = new FakeServer(_ => new HttpResponseMessage(HttpStatusCode.OK));
        var later = Papr() with { DeliverAfter = Given.Now.AddHours(1) };
        var faulty = new NotificationEnvelope { Type = "", Destination = new() { Url = new Uri("http://10.0.0.1/") } };

        var rejected = await Should.ThrowAsync<PosthornRejectedException>(Client(server).EnqueueAsync([Papr(), later, faulty]));

        rejected.Status.ShouldBe(HttpStatusCode.BadRequest);
        rejected.Faults.Select(fault => fault.Path).ShouldBe(["$[1].deliver_after", "$[2].type", "$[2].data", "$[2].destination.url"]);
        server.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_that_fails_takes_no_other_with_it()
    {
        var server = new FakeServer(_ => new HttpResponseMessage(HttpStatusCode.OK));
        var missing = Papr() with { Id = "evt_2", Destination = new() { Url = new Uri("https://example.com/"), SecretRef = "config:nowhere" } };

        var failed = await Should.ThrowAsync<PosthornUndeliverableException>(Client(server).EnqueueAsync([Papr(), missing, Papr()]));

        failed.Undelivered.ShouldHaveSingleItem().Reason.ShouldBe(DeadLetterReason.SecretUnavailable);
        server.Seen.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_secret_reference_and_a_profile_come_from_the_configuration()
    {
        _options.Configuration = Given.Configuration(("secrets:papr", "top-secret"), ("profiles:mine:extends", "papr-batch"), ("profiles:mine:userAgent", "Mine/1.0"));
        var server = new FakeServer(_ => new HttpResponseMessage(HttpStatusCode.OK));

        await Client(server).EnqueueAsync(Papr() with { Profile = "mine", Destination = new() { Url = new Uri("https://example.com/"), SecretRef = "config:papr" } });

        server.Seen[0].Headers["User-Agent"].ShouldBe("Mine/1.0");
        VerdictOn(server.Seen[0], "papr-batch").ShouldBe(SignatureVerdict.Verified);
    }

    [Fact]
    public async Task An_event_goes_to_every_endpoint_that_wants_its_type_as_that_one_expects_it()
    {
        _options.Endpoints.Add(new DirectEndpoint { Url = new Uri("https://a.test/"), Events = ["document.*"], Profile = "proposal" });
        _options.Endpoints.Add(new DirectEndpoint { Url = new Uri("https://b.test/"), Events = ["job.created", "document.created"], Profile = "papr-batch", Secret = new SigningSecret("top-secret") });
        _options.Endpoints.Add(new DirectEndpoint { Url = new Uri("https://c.test/"), Events = ["job.*"] });
        _options.Endpoints.Add(new DirectEndpoint { Url = new Uri("https://d.test/") });
        var server = new FakeServer(_ => new HttpResponseMessage(HttpStatusCode.OK));

        var id = await Client(server).PublishAsync(ClientFacts.Event("document.created"));

        var seen = server.Seen.ToDictionary(request => request.Url?.Host ?? "");
        seen.Keys.ShouldBe(["a.test", "b.test", "d.test"], ignoreOrder: true);
        seen["a.test"].Json.GetProperty("id").GetString().ShouldBe(id);
        VerdictOn(seen["b.test"], "papr-batch").ShouldBe(SignatureVerdict.Verified);
        seen["d.test"].Headers["webhook-id"].ShouldBe(id);
    }

    private static NotificationEnvelope Papr() => ClientFacts.Envelope() with { Profile = "papr-batch" };

    private static NotificationDestination Example() => new() { Url = new Uri("https://example.com/") };

    private static SignatureVerdict VerdictOn(SeenRequest request, string profile) => SignatureVerifier.Verify(
        Given.Profile(profile), new SigningSecret("top-secret"), request.Headers.GetValueOrDefault, new Uri("https://example.com/"), Encoding.UTF8.GetBytes(request.Body), Given.Now);

    private DirectPosthornClient Client(FakeServer server, TimeProvider? clock = null) => new(_options, new HttpMessageInvoker(server), clock ?? _clock, new Random(1));
}
