using System.Net;
using System.Net.Http.Headers;
using Posthorn.Client;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Client;

public class ClientRetryTests
{
    private readonly ImpatientClock _clock = new(ClientFacts.Deadline);

    [Theory]
    [InlineData(HttpStatusCode.RequestTimeout)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.InternalServerError)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task A_passing_trouble_is_tried_again_with_the_same_bytes(HttpStatusCode status)
    {
        var server = new FakeServer(number => number < 3 ? FakeServer.Problem(status, "busy") : FakeServer.Accepted());

        await ClientFacts.Client(server, clock: _clock).EnqueueAsync(ClientFacts.Envelope());

        server.Seen.Count.ShouldBe(3);
        server.Seen.Select(request => request.Body).Distinct().ShouldHaveSingleItem().ShouldContain("\"id\":\"");
    }

    [Fact]
    public async Task A_lost_connection_is_tried_again_under_the_same_id()
    {
        var server = new FakeServer(number => number == 1 ? throw new HttpRequestException("refused") : FakeServer.Accepted());

        var id = await ClientFacts.Client(server, clock: _clock).EnqueueAsync(ClientFacts.Envelope());

        server.Seen.Select(request => request.Json.GetProperty("id").GetString()).ShouldBe([id, id]);
    }

    [Fact]
    public async Task A_try_without_an_answer_ends_at_its_deadline_and_is_tried_again()
    {
        var server = new FakeServer(async (number, cancelled) =>
        {
            if (number > 1) return FakeServer.Accepted();
            _clock.Advance(ClientFacts.Deadline);
            await Task.Delay(Timeout.InfiniteTimeSpan, cancelled);
            throw new InvalidOperationException("The deadline did not pass.");
        });

        await ClientFacts.Client(server, clock: _clock).EnqueueAsync(ClientFacts.Envelope());

        server.Seen.Count.ShouldBe(2);
    }

    [Fact]
    public async Task The_waits_double_and_are_jittered()
    {
        var server = new FakeServer(_ => FakeServer.Problem(HttpStatusCode.ServiceUnavailable, "busy"));

        await Should.ThrowAsync<PosthornUnavailableException>(ClientFacts.Client(server, ClientFacts.Options(maxRetries: 4), _clock).EnqueueAsync(ClientFacts.Envelope()));

        _clock.Waits.Count.ShouldBe(4);
        foreach (var (index, wait) in _clock.Waits.Index()) (wait / (TimeSpan.FromSeconds(0.5) * (1 << index))).ShouldBeInRange(0.8, 1.2);
        _clock.Waits.ShouldNotContain(TimeSpan.FromSeconds(0.5));
    }

    [Theory]
    [InlineData("20", 20)]
    [InlineData("Thu, 21 Mar 2024 15:31:00 GMT", 15)]
    [InlineData("86400", 60)]
    public async Task A_longer_Retry_After_is_followed_up_to_a_minute(string asked, int seconds)
    {
        var clock = new ImpatientClock(TimeSpan.FromSeconds(16)); // Apart from every wait here.
        var options = ClientFacts.Options();
        options.Timeout = TimeSpan.FromSeconds(16);
        var server = new FakeServer(number => number == 1 ? Asking(asked) : FakeServer.Accepted());

        await ClientFacts.Client(server, options, clock).EnqueueAsync(ClientFacts.Envelope());

        clock.Waits.ShouldBe([TimeSpan.FromSeconds(seconds)]);
    }

    [Fact]
    public async Task A_shorter_Retry_After_hastens_nothing()
    {
        var server = new FakeServer(number => number == 1 ? Asking("0") : FakeServer.Accepted());

        await ClientFacts.Client(server, clock: _clock).EnqueueAsync(ClientFacts.Envelope());

        _clock.Waits.ShouldHaveSingleItem().ShouldBeGreaterThan(TimeSpan.FromSeconds(0.3));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task When_every_try_fails_it_says_what_the_last_one_met_and_under_which_id(int maxRetries)
    {
        var server = new FakeServer(_ => FakeServer.Problem(HttpStatusCode.ServiceUnavailable, "The queue is unavailable."));

        var failed = await Should.ThrowAsync<PosthornUnavailableException>(ClientFacts.Client(server, ClientFacts.Options(maxRetries), _clock).EnqueueAsync(ClientFacts.Envelope()));

        server.Seen.Count.ShouldBe(maxRetries + 1);
        failed.Tries.ShouldBe(maxRetries + 1);
        failed.Message.ShouldContain("HTTP 503: The queue is unavailable.");
        failed.Ids.ShouldBe([server.Seen[0].Json.GetProperty("id").GetString() ?? ""]);
    }

    [Fact]
    public async Task A_caller_that_leaves_ends_it_at_once()
    {
        using var leave = new CancellationTokenSource();
        var server = new FakeServer(async (_, cancelled) =>
        {
            await leave.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancelled);
            return FakeServer.Accepted();
        });

        await Should.ThrowAsync<OperationCanceledException>(ClientFacts.Client(server, clock: _clock).EnqueueAsync(ClientFacts.Envelope(), leave.Token));

        server.Seen.Count.ShouldBe(1);
        _clock.GetUtcNow().ShouldBe(Given.Now);
    }

    private static HttpResponseMessage Asking(string retryAfter)
    {
        var answer = FakeServer.Problem(HttpStatusCode.TooManyRequests, "busy");
        answer.Headers.RetryAfter = RetryConditionHeaderValue.Parse(retryAfter);
        return answer;
    }
}
