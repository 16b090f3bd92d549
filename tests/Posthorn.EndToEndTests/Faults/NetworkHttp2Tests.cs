namespace Posthorn.EndToEndTests.Faults;

/// <summary>
/// Over HTTP/2 a request shares its connection, so nothing is sent in place once it went out: it is tried again by the schedule,
/// unless the receiver itself says that it did nothing with it.
/// </summary>
public sealed class NetworkHttp2Tests(NetworkTlsTests.Worker worker) : IClassFixture<NetworkTlsTests.Worker>
{
    private const byte NoError = 0;
    private const byte InternalError = 2;
    private const byte RefusedStream = 7;

    [Fact]
    public async Task Fault_39_a_receiver_of_HTTP_2_is_delivered_to_over_one_connection()
    {
        await using var receiver = new HostileHttp2(worker.Certificates.Right, exchange => exchange.AnswerAsync());

        foreach (var id in Envelopes.Ids("evt_39_well", 3)) (await worker.SendAsync(id, receiver.Url)).ShouldBeDelivered();

        receiver.Bodies.ShouldBe(Envelopes.Ids("evt_39_well", 3).Select(BodyOf));
        receiver.Connections.ShouldBe(1);
    }

    [Fact]
    public Task Fault_39_RST_STREAM_is_retried_and_counts_once() => ShouldTakeTwoAttemptsAsync("evt_39_rst", exchange => exchange.ResetStreamAsync(InternalError));

    [Fact]
    public Task Fault_39_GOAWAY_is_retried_and_counts_once() => ShouldTakeTwoAttemptsAsync("evt_39_goaway", async exchange =>
    {
        await exchange.GoAwayAsync(exchange.StreamId, InternalError);
        await exchange.CloseAsync();
    });

    [Fact]
    public Task Fault_39_a_connection_that_ends_is_retried_and_counts_once() => ShouldTakeTwoAttemptsAsync("evt_39_cut", exchange => exchange.CloseAsync());

    [Fact]
    public Task Fault_39_a_stream_the_receiver_refused_goes_again_at_once() => ShouldTakeOneAttemptAsync("evt_39_refused", exchange => exchange.ResetStreamAsync(RefusedStream));

    [Fact]
    public Task Fault_39_a_request_that_GOAWAY_leaves_out_goes_again_at_once() => ShouldTakeOneAttemptAsync("evt_39_left_out", exchange => exchange.GoAwayAsync(0, NoError));

    [Fact]
    public async Task Fault_39_RST_STREAM_always_rests_as_RetriesExhausted_with_every_attempt()
    {
        await using var receiver = new HostileHttp2(worker.Certificates.Right, exchange => exchange.ResetStreamAsync(InternalError));

        (await worker.SendAsync("evt_39_always", receiver.Url)).ShouldBeExhausted("ConnectionLost");

        receiver.Bodies.Count.ShouldBe(NetworkWorker.Attempts);
    }

    [Fact]
    public async Task Fault_37_39_RST_STREAM_after_200_is_a_truncated_body_and_a_success()
    {
        await using var receiver = new HostileHttp2(worker.Certificates.Right, async exchange =>
        {
            await exchange.BeginAnswerAsync();
            await exchange.ResetStreamAsync(InternalError);
        });

        (await worker.SendAsync("evt_39_begun", receiver.Url)).ShouldBeDelivered();

        receiver.Bodies.ShouldHaveSingleItem();
    }

    private Task ShouldTakeTwoAttemptsAsync(string id, Func<Http2Exchange, Task> first) => ShouldTakeAsync(id, first, attempts: 2);

    private Task ShouldTakeOneAttemptAsync(string id, Func<Http2Exchange, Task> first) => ShouldTakeAsync(id, first, attempts: 1);

    /// <summary>Two requests, whatever comes of the first, and one delivery.</summary>
    private async Task ShouldTakeAsync(string id, Func<Http2Exchange, Task> first, int attempts)
    {
        await using var receiver = new HostileHttp2(worker.Certificates.Right, exchange => exchange.Number == 1 ? first(exchange) : exchange.AnswerAsync());

        (await worker.SendAsync(id, receiver.Url)).ShouldBeDelivered(attempts);

        receiver.Bodies.ShouldBe([BodyOf(id), BodyOf(id)]);
    }

    private static string BodyOf(string id) => $$"""{"n":"{{id}}"}""";
}
