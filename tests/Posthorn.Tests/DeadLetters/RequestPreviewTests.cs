using Posthorn.DeadLetters;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Sending;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters;

public class RequestPreviewTests
{
    private const string Key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly List<RegisteredEndpoint> _endpoints = [];

    public static TheoryData<string> Profiles => [.. BuiltInProfiles.All.Select(profile => profile.Name)];

    [Theory]
    [MemberData(nameof(Profiles))]
    public void No_secret_of_any_kind_is_shown_and_the_headers_are_those_that_are_sent(string profile)
    {
        var message = Letters.Accepted(profile, secret: Key);

        var (headers, problem) = Preview(message);

        problem.ShouldBeNull();
        var sent = Sent(message);
        headers.Select(header => header.Key).ShouldBe(sent.Select(header => header.Key));
        foreach (var (shown, real) in headers.Zip(sent))
        {
            shown.Value.ShouldNotContain(Letters.Secret);
            shown.Value.ShouldNotContain(Key);
            var isSecret = shown.Key is "Authorization" or "X-Own" or "X-Two" or "X-Webhook-Secret" or "X-Webhook-Signature" or "X-MoRAG-Signature" or "webhook-signature";
            shown.Value.ShouldBe(!isSecret ? real.Value : shown.Key == "Authorization" ? "Bearer ***" : "***");
        }

        headers.ShouldContain(header => header.Key == "X-Own");
        headers.ShouldContain(header => header.Key == "Authorization");
    }

    [Fact]
    public void The_secret_that_papr_sends_is_not_shown()
    {
        Preview(Letters.Accepted("papr-batch", secret: Key)).Headers.ShouldContain(new KeyValuePair<string, string>("X-Webhook-Secret", "***"));
    }

    [Fact]
    public void Headers_that_another_producer_wrote_in_clear_are_not_shown()
    {
        var message = Letters.Message();
        message = message with { Properties = new Dictionary<string, string>(message.Properties) { ["headers"] = """{"Authorization":"do-not-print-me","X-Key":"do-not-print-me"}""" } };

        Preview(message).Headers.Where(header => header.Value == "***").Select(header => header.Key).ShouldBe(["Authorization", "X-Key"]);
        Preview(message).Headers.ShouldNotContain(header => header.Value.Contains(Letters.Secret));
    }

    [Fact]
    public void A_profile_s_header_that_holds_the_secret_or_the_URL_is_not_shown_and_another_is()
    {
        (string, string?)[] settings =
        [
            ("profiles:mine:extends", "standard"), ("profiles:mine:headers:X-Secret", "v={secret}"), ("profiles:mine:headers:X-Url", "{url}"), ("profiles:mine:headers:X-Try", "{type} {attempt} {tenant}"),
        ];
        var message = Letters.Accepted(secret: Key);
        message = message with { Properties = new Dictionary<string, string>(message.Properties) { ["profile"] = "mine" } };

        var headers = Preview(message, settings).Headers.ToDictionary();

        (headers["X-Secret"], headers["X-Url"], headers["X-Try"]).ShouldBe(("***", "***", "thing.happened 1 user_1"));
    }

    [Fact]
    public void Without_a_secret_there_is_no_signature() => Preview(Letters.Message()).Headers.Select(header => header.Key).ShouldBe(["Content-Type", "webhook-id", "webhook-timestamp"]);

    [Fact]
    public void A_plain_envelope_is_previewed_as_its_request()
    {
        var (headers, problem) = Preview(Letters.Plain($$"""{"id":"evt_1","type":"t","data":1,"destination":{"url":"https://example.com/","secret":"{{Key}}"} }"""));

        problem.ShouldBeNull();
        headers.Select(header => header.Key).ShouldBe(["Content-Type", "webhook-id", "webhook-timestamp", "webhook-signature"]);
        headers.ShouldNotContain(header => header.Value.Contains(Key));
    }

    [Fact]
    public void An_endpoint_s_letter_has_the_headers_of_what_the_endpoint_is_now()
    {
        var secrets = Given.Secrets() with { PreviousSecret = new SigningSecret(Key), PreviousUntil = Given.Now.AddHours(1), Headers = new Dictionary<string, string> { ["X-Env"] = Letters.Secret } };
        _endpoints.Add(new RegisteredEndpoint(Given.Endpoint(secrets: secrets), new FakeSealer()));

        var (headers, problem) = Preview(Letters.ToEndpoint());

        problem.ShouldBeNull();
        headers.Select(header => (header.Key, header.Value)).ShouldBe(
            [("Content-Type", "application/json"), ("webhook-id", "evt_1"), ("webhook-timestamp", "1711035045"), ("webhook-signature", "***"), ("X-Env", "***")]);
    }

    [Fact]
    public void An_endpoint_that_is_gone_is_told()
    {
        Preview(Letters.ToEndpoint("wh_7")).Problem.ShouldBe("its endpoint wh_7 is not registered any more");
    }

    [Fact]
    public void An_endpoint_whose_secrets_cannot_be_opened_is_told()
    {
        _endpoints.Add(new RegisteredEndpoint(Given.Endpoint() with { Sealed = "***" }, new FakeSealer()));

        Preview(Letters.ToEndpoint()).ShouldSatisfyAllConditions(preview => preview.Headers.ShouldBeEmpty(), preview => preview.Problem.ShouldNotBeNull().ShouldContain("seal"));
    }

    [Fact]
    public void A_letter_that_went_elsewhere_keeps_its_endpoint_s_headers()
    {
        _endpoints.Add(new RegisteredEndpoint(Given.Endpoint(), new FakeSealer()));
        var message = Letters.ToEndpoint();
        message = message with { Properties = new Dictionary<string, string>(message.Properties) { ["replay_to"] = "https://staging.example.com/hook" } };

        var (headers, problem) = Preview(message);

        problem.ShouldBeNull();
        headers.ShouldContain(header => header.Key == "webhook-signature");
    }

    [Fact]
    public void A_reference_to_a_secret_that_is_missing_is_told_by_its_name()
    {
        var message = Letters.Message();
        message = message with { Properties = new Dictionary<string, string>(message.Properties) { ["secret_ref"] = "config:papr" } };

        Preview(message).Problem.ShouldBe("the configuration has no secrets:papr");
        Preview(message, ("secrets:papr", Key)).Headers.ShouldContain(new KeyValuePair<string, string>("webhook-signature", "***"));
    }

    [Fact]
    public void What_cannot_be_sent_says_why()
    {
        Preview(Letters.Plain("no envelope")).Problem.ShouldNotBeNull().ShouldContain("JSON");
        Preview(Letters.Message(profile: "standard") is var message ? message with { Properties = new Dictionary<string, string>(message.Properties) { ["profile"] = "nobody" } } : message)
            .Problem.ShouldNotBeNull().ShouldStartWith("$.profile");
    }

    [Fact]
    public void An_event_is_no_request_yet()
    {
        var (headers, problem) = Preview(Letters.Event());

        headers.ShouldBeEmpty();
        problem.ShouldBe("it is an event that has not reached its endpoints yet");
    }

    [Fact]
    public async Task A_detail_is_made_of_it()
    {
        var detail = await DeadLetterDetail.OfAsync(Letters.Dead(Letters.Accepted(secret: Key)), Of(), CancellationToken.None);

        (detail.HeadersUnknown, detail.Headers["X-Own"], detail.Headers["webhook-id"]).ShouldBe((null, "***", "evt_1"));
    }

    private (IReadOnlyList<KeyValuePair<string, string>> Headers, string? Problem) Preview(QueueMessage message, params (string, string?)[] settings) => Of(settings).OfAsync(Letters.Dead(message), CancellationToken.None).AsTask().GetAwaiter().GetResult();

    private RequestPreview Of(params (string, string?)[] settings) => new(
        new EnvelopeReader(new EnvelopeBuilder(Given.Catalog(settings), Given.Development)),
        new CredentialResolver(new FakeSealer(), Given.SecretsIn(settings)),
        id => _endpoints.Find(endpoint => endpoint.Record.Id == id),
        new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Given.Now));

    /// <summary>What a worker sends, by name and value in order.</summary>
    private static List<KeyValuePair<string, string>> Sent(QueueMessage message)
    {
        new EnvelopeReader(Given.Builder()).TryRead(message, Given.Now, out var envelope, out _).ShouldBeTrue();
        envelope = Given.Opened(envelope.ShouldNotBeNull());
        using var request = WebhookRequest.Compose(envelope, 1, Given.CredentialsOf(envelope), Given.Now);
        return [.. request.Content.ShouldNotBeNull().Headers.NonValidated.Concat(request.Headers.NonValidated).Select(header => new KeyValuePair<string, string>(header.Key, header.Value.ToString()))];
    }
}
