using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Delivery;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Delivery;

/// <summary>What an operator sent elsewhere goes there as it would have gone to its own destination, and says nothing of that one.</summary>
public sealed class ReplayElsewhereTests : IAsyncLifetime
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const string Other = "https://other.example/in";
    private readonly Parts _parts = new();
    private readonly DeliveryHandler _handler;
    private int _leases;

    public ReplayElsewhereTests() => _handler = new DeliveryHandler(
        new EnvelopeReader(Given.Builder()), _parts.Gate, _parts.Lanes, _parts.Sender, new DeliveryPolicy(new Random(1), TimeSpan.FromHours(1)),
        new RecentOutcomes(), _parts.Journal, _parts.Clock, NullLogger<DeliveryHandler>.Instance);

    public async ValueTask InitializeAsync() => await _parts.StartAsync(_parts.Health);

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    public static TheoryData<bool> Forms => [true, false];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task It_goes_to_the_other_URL_and_not_to_its_own(bool isComposed)
    {
        (await HandledAsync(ReplayedTo(Other, isComposed: isComposed))).ShouldBeOfType<Settlement.Completed>();

        _parts.Receiver.Requests.ShouldHaveSingleItem().Url.ShouldBe(new Uri(Other));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task It_is_signed_and_headed_as_at_its_own_destination(bool isComposed)
    {
        await HandledAsync(Notification(isComposed));
        await HandledAsync(ReplayedTo(Other, isComposed: isComposed));

        var (own, elsewhere) = (_parts.Receiver.Requests[0], _parts.Receiver.Requests[1]);
        own.Url.ShouldBe(new Uri("https://example.com/hook?token=in-the-query"));
        (elsewhere.Headers["webhook-id"], elsewhere.Headers["authorization"], elsewhere.Headers["X-Env"], elsewhere.Text).ShouldBe(("evt_01", "Bearer token-1", "prod", own.Text));
        elsewhere.Headers["webhook-signature"].ShouldBe(own.Headers["webhook-signature"]);
        Signed(elsewhere).ShouldBe(SignatureVerdict.Verified);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_sealed_URL_is_opened_and_shown_without_its_query(bool isComposed)
    {
        (await HandledAsync(ReplayedTo(Other, _parts.Sealer.Seal(Other + "?key=secret"), isComposed))).ShouldBeOfType<Settlement.Completed>();

        _parts.Receiver.Requests.ShouldHaveSingleItem().Url.ShouldBe(new Uri(Other + "?key=secret"));
        await _parts.FlushAsync();
        _parts.Log.Deliveries.ShouldHaveSingleItem().Destination.ShouldBe(Other);
    }

    [Theory]
    [InlineData("of another key ring!")]
    [InlineData("bm8gVVJM")] // It opens, and is not a URL.
    public async Task A_sealed_URL_that_cannot_be_had_is_tried_again_and_no_request_is_made(string sealedUrl)
    {
        (await HandledAsync(ReplayedTo(Other, sealedUrl))).ShouldBeOfType<Settlement.Retried>().Attempt.Error.ShouldBe("SecretUnavailable");

        _parts.Receiver.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("not a URL", "InvalidDestination")]
    [InlineData("ftp://other.example/", "InvalidDestination")]
    [InlineData("http://169.254.169.254/latest", "BlockedAddress")]
    public async Task The_other_URL_is_judged_as_a_producer_s_is(string url, string reason)
    {
        (await HandledAsync(ReplayedTo(url))).ShouldBeOfType<Settlement.Dead>().Reason.Name.ShouldBe(reason);

        _parts.Receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_new_deadline_that_passed_holds_elsewhere_too()
    {
        var message = With(ReplayedTo(Other), EnvelopeProperties.ExpiresAt, Rfc3339.Format(Given.Now));

        (await HandledAsync(message)).ShouldBeOfType<Settlement.Dead>().Reason.ShouldBe(DeadLetterReason.Expired);
    }

    [Fact]
    public void Its_lane_is_the_other_URL_s_also_before_it_is_read()
    {
        var message = With(ReplayedTo("https://other.example:8443/in"), EnvelopeProperties.ExpiresAt, "2030-01-01T00:00:00Z");

        new EnvelopeReader(Given.Builder()).TryRead(message, Given.Now, out var envelope, out _).ShouldBeTrue();
        EnvelopeProperties.TryPeek(message, out var lane, out _).ShouldBeTrue();

        (envelope.ShouldNotBeNull().Destination.Lane, lane).ShouldBe(("https://other.example:8443", "https://other.example:8443"));
    }

    [Theory]
    [InlineData(EndpointStatus.Active)]
    [InlineData(EndpointStatus.Disabled)]
    [InlineData(EndpointStatus.Pending)]
    public async Task An_endpoint_s_goes_elsewhere_with_the_endpoint_s_secret_whatever_its_status(EndpointStatus status)
    {
        var secrets = Given.Secrets() with { Headers = new Dictionary<string, string> { ["X-Env"] = "prod" } };
        await _parts.WithAsync(Given.Endpoint(status: status, secrets: secrets));

        (await HandledAsync(ToEndpoint(Other))).ShouldBeOfType<Settlement.Completed>();

        var request = _parts.Receiver.Requests.ShouldHaveSingleItem();
        (request.Url, request.Headers["X-Env"]).ShouldBe((new Uri(Other), "prod"));
        Signed(request).ShouldBe(SignatureVerdict.Verified);
    }

    [Fact]
    public async Task An_endpoint_s_goes_to_a_sealed_URL_in_that_URL_s_lane()
    {
        await _parts.WithAsync(Given.Endpoint());
        var message = ToEndpoint(Other, _parts.Sealer.Seal(Other + "?key=secret"));

        await HandledAsync(message);

        _parts.Receiver.Requests.ShouldHaveSingleItem().Url.ShouldBe(new Uri(Other + "?key=secret"));
        new EnvelopeReader(Given.Builder()).TryRead(message, Given.Now, out var envelope, out _).ShouldBeTrue();
        var admitted = (await _parts.Gate.AdmitAsync(envelope.ShouldNotBeNull(), DeliveryProgress.None)).ShouldBeOfType<Admission.Go>().Envelope.Destination;
        (admitted.Lane, admitted.Endpoint, admitted.Display).ShouldBe(("https://other.example", "wh_1", Other));
    }

    [Fact]
    public async Task A_deleted_endpoint_has_no_secret_to_go_elsewhere_with()
    {
        await _parts.WithAsync();

        (await HandledAsync(ToEndpoint(Other))).ShouldBeOfType<Settlement.Dead>().Reason.ShouldBe(DeadLetterReason.EndpointGone);

        _parts.Receiver.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(200, Other)]
    [InlineData(410, Other)]
    [InlineData(500, Other)]
    [InlineData(410, "https://wh-1.example/hook")] // With another query than the endpoint's.
    public async Task What_was_answered_elsewhere_says_nothing_of_the_endpoint_s_health(int status, string url)
    {
        _parts.Receiver.Answer = _ => ((HttpStatusCode)status, "");
        await _parts.WithAsync(Given.Endpoint() with { FailingSince = status == 200 ? Given.Now.AddDays(-4) : null }, Given.Endpoint("wh_2"));
        var before = _parts.Endpoints["wh_1"];

        await HandledAsync(ToEndpoint(url));
        await HandledAsync(ToEndpoint(url, _parts.Sealer.Seal(url + "?key=secret")));

        // What the other endpoint's delivery says is written after what came before it.
        await HandledAsync(EnvelopeProperties.Write(EndpointEnvelope.Of(Given.Event(id: "evt_2"), Given.Endpoint("wh_2"), Given.Profile("standard"), deadline: null), default));
        if (status != 200) await _parts.Clock.RunUntilAsync(() => _parts.Endpoints["wh_2"] is { FailingSince: not null } or { Status: EndpointStatus.Disabled });
        else await _parts.Clock.RunAsync(TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100));
        _parts.Endpoints["wh_1"].ShouldBe(before);
    }

    [Fact]
    public async Task What_goes_elsewhere_neither_waits_for_its_stream_nor_counts_in_it()
    {
        await _parts.WithAsync(Given.Endpoint(profile: "proposal"));
        var own = EndpointEnvelope.Of(Given.Event("job.progress", """{"job_id":"j"}"""), Given.Endpoint(profile: "proposal"), Given.Profile("proposal"), deadline: null) with
        {
            Stream = new EventStream("wh_1|job.progress|j", 1),
        };

        for (var i = 0; i < 3; i++) (await HandledAsync(Redirected(EnvelopeProperties.Write(own, default), Other, sealedUrl: null))).ShouldBeOfType<Settlement.Completed>();
        await HandledAsync(EnvelopeProperties.Write(own, default));

        _parts.Receiver.Requests.Select(request => request.Url.Host).ShouldBe(["other.example", "other.example", "other.example", "wh-1.example"]);
    }

    private static QueueMessage Notification(bool isComposed)
    {
        const string Json = $$$"""
            {"id":"evt_01","type":"thing.happened","profile":"standard","time":"2024-03-21T15:30:45Z",
             "destination":{"url":"https://example.com/hook?token=in-the-query","secret":"{{{Secret}}}","bearer_token":"token-1","headers":{"X-Env":"prod"}},"data":{"a":1}}
            """;
        return isComposed ? Given.Read(Json).Message.ShouldNotBeNull() : new QueueMessage { MessageId = "evt_01", Body = Encoding.UTF8.GetBytes(Json) };
    }

    private static QueueMessage ReplayedTo(string url, string? sealedUrl = null, bool isComposed = true) => Redirected(Notification(isComposed), url, sealedUrl);

    private static QueueMessage ToEndpoint(string url, string? sealedUrl = null) =>
        Redirected(EnvelopeProperties.Write(EndpointEnvelope.Of(Given.Event(), Given.Endpoint(), Given.Profile("standard"), deadline: null), default), url, sealedUrl);

    private static QueueMessage Redirected(QueueMessage message, string url, string? sealedUrl)
    {
        message = With(message, EnvelopeProperties.ReplayTo, url);
        return sealedUrl is null ? message : With(message, EnvelopeProperties.ReplayToSealed, sealedUrl);
    }

    private static QueueMessage With(QueueMessage message, string name, string value) =>
        message with { Properties = new Dictionary<string, string>(message.Properties) { [name] = value } };

    private SignatureVerdict Signed(FakeReceiver.Request request) => SignatureVerifier.Verify(
        BuiltInProfiles.Standard, new SigningSecret(Secret), name => request.Headers.GetValueOrDefault(name), request.Url, request.Body, _parts.Clock.GetUtcNow());

    private async Task<Settlement?> HandledAsync(QueueMessage message)
    {
        var lease = new FakeLease(message) { SequenceNumber = ++_leases, Progress = new DeliveryProgress { Replays = 1 } };
        await _handler.HandleAsync(lease, CancellationToken.None);
        return lease.Settled;
    }
}
