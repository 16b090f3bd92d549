using System.Net;
using System.Text.Json;
using Posthorn.Endpoints;
using Posthorn.Lanes;
using Posthorn.Sending;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Endpoints;

public sealed class EndpointVerifierTests : IAsyncLifetime
{
    private readonly Parts _parts = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    [Theory]
    [InlineData("""{"challenge":"CHALLENGE"}""")]
    [InlineData("{\n  \"status\": \"ok\",\n  \"challenge\": \"CHALLENGE\"\n}\n")]
    public async Task The_same_challenge_in_a_JSON_object_is_the_answer(string body) => (await AskAsync(HttpStatusCode.OK, body)).ShouldBeNull();

    [Theory]
    [InlineData("")]
    [InlineData("CHALLENGE")]
    [InlineData("\"CHALLENGE\"")]
    [InlineData("[\"CHALLENGE\"]")]
    [InlineData("""{"challenge":"another"}""")]
    [InlineData("""{"challenge":""}""")]
    [InlineData("""{"challenge":null}""")]
    [InlineData("""{"challenge":["CHALLENGE"]}""")]
    [InlineData("""{"Challenge":"CHALLENGE"}""")]
    [InlineData("""{"data":{"challenge":"CHALLENGE"}}""")]
    [InlineData("""{"challenge":"CHALLENGEx"}""")]
    [InlineData("""{"challenge":"\ud800"}""")]
    [InlineData("""{"\ud800":1,"chall\ud800nge":2}""")]
    [InlineData("<html>OK</html>")]
    public async Task Anything_else_is_not(string body) => (await AskAsync(HttpStatusCode.OK, body)).ShouldBe("the answer is not a JSON object with the same challenge");

    [Theory]
    [InlineData(HttpStatusCode.Created)]
    [InlineData(HttpStatusCode.NoContent)]
    [InlineData(HttpStatusCode.Found)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task Another_status_than_200_is_not(HttpStatusCode status) => (await AskAsync(status, """{"challenge":"CHALLENGE"}""")).ShouldBe($"the answer is HTTP {(int)status}, not 200");

    [Fact]
    public async Task No_answer_is_not()
    {
        _parts.Receiver.Answer = _ => throw new HttpRequestException("no route");

        (await AskAsync()).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(20, false)]
    public async Task A_destination_that_takes_no_more_is_asked_when_it_has_room_again_and_not_waited_for_long(int silentSeconds, bool isAsked)
    {
        var lane = Given.Secrets().DestinationOf(Given.Endpoint(), _parts.Clock.GetUtcNow());
        var held = new TaskCompletionSource<SendResult>();
        var passages = new[] { PassAsync(), PassAsync() };
        _parts.Clock.Advance(TimeSpan.FromSeconds(silentSeconds));

        _parts.Receiver.Answer = request => (HttpStatusCode.OK, $$"""{"challenge":"{{ChallengeOf(request)}}"}""");
        var asking = AskAsync();
        asking.IsCompleted.ShouldBe(!isAsked);
        held.SetResult(new SendResult.Answered(200, null, null) { StartedAt = Given.Now, Duration = TimeSpan.Zero });
        await Task.WhenAll(passages);

        (await _parts.Clock.RunUntilAsync(asking, TimeSpan.FromMilliseconds(100))).ShouldBe(isAsked ? null : "the destination takes no more requests now; try again later");

        Task<Passage> PassAsync() => _parts.Lanes.PassAsync(lane, isRetry: false, _ => held.Task, CancellationToken.None);
    }

    [Fact]
    public async Task The_challenge_is_signed_as_the_endpoint_s_webhooks_are()
    {
        await AskAsync(HttpStatusCode.OK, "");
        var request = _parts.Receiver.Requests.ShouldHaveSingleItem();
        var profile = Given.Profile("standard");

        SignatureVerifier.Verify(profile, Given.Secrets().Secret.ShouldNotBeNull(), name => request.Headers.GetValueOrDefault(name), request.Url, request.Body, Given.Now).ShouldBe(SignatureVerdict.Verified);
        request.Url.ShouldBe(Given.Secrets().Url);
        using var json = JsonDocument.Parse(request.Body);
        json.RootElement.EnumerateObject().Select(field => field.Name).ShouldBe(["type", "challenge"]);
        json.RootElement.GetProperty("type").GetString().ShouldBe("webhook.verify");
    }

    [Fact]
    public async Task Each_challenge_is_another_that_nobody_can_guess()
    {
        for (var i = 0; i < 2; i++) await AskAsync(HttpStatusCode.OK, "");
        var challenges = _parts.Receiver.Requests.Select(ChallengeOf).ToList();

        challenges[0].Length.ShouldBe(40);
        challenges[0].ShouldNotBe(challenges[1]);
    }

    private static string ChallengeOf(FakeReceiver.Request request)
    {
        using var json = JsonDocument.Parse(request.Body);
        return json.RootElement.GetProperty("challenge").GetString().ShouldNotBeNull();
    }

    private Task<string?> AskAsync(HttpStatusCode status, string body)
    {
        _parts.Receiver.Answer = request => (status, body.Replace("CHALLENGE", ChallengeOf(request), StringComparison.Ordinal));
        return AskAsync();
    }

    private Task<string?> AskAsync() => new EndpointVerifier(_parts.Lanes, _parts.Sender, _parts.Clock).ChallengeAsync(Given.Endpoint(), Given.Secrets(), Given.Profile("standard"), CancellationToken.None);
}
