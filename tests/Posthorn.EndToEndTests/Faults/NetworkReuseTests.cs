namespace Posthorn.EndToEndTests.Faults;

/// <summary>Connections that are kept: used again when it is safe, sent on once more in place when they died unseen, and never trusted after a doubtful answer.</summary>
public sealed class NetworkReuseTests(NetworkTlsTests.Worker worker) : IClassFixture<NetworkTlsTests.Worker>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fault_40_a_kept_connection_that_dies_as_it_is_used_again_is_made_good_in_the_same_attempt(bool inTls)
    {
        await using var receiver = new HostileReceiver(
            HostileAnswers.InTurn(HostileAnswers.Status(200), exchange => exchange.CloseAsync(), HostileAnswers.Status(200)), inTls ? worker.Certificates.Right : null);

        (await worker.SendAsync($"evt_40_first_{inTls}", receiver.Url())).ShouldBeDelivered();
        (await worker.SendAsync($"evt_40_stale_{inTls}", receiver.Url())).ShouldBeDelivered(attempts: 1);

        receiver.Connections.ShouldBe(2, "the second request went over the kept connection, and then over a new one");
        receiver.Requests.Count.ShouldBe(3);
        var (lost, again) = (receiver.Requests[1], receiver.Requests[2]);
        again.OwnHeaders.ShouldBe(lost.OwnHeaders);
        again.Text.ShouldBe(lost.Text);
    }

    [Fact]
    public async Task Fault_40_in_place_is_once_an_attempt()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Reset);

        (await worker.SendAsync("evt_40_always", receiver.Url())).ShouldBeExhausted("ConnectionLost");

        receiver.Requests.Count.ShouldBe(2 * NetworkWorker.Attempts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fault_40_after_the_first_byte_of_an_answer_nothing_is_sent_in_place(bool inTls)
    {
        await using var receiver = new HostileReceiver(
            HostileAnswers.InTurn(HostileAnswers.Status(200), HostileAnswers.Bytes("H"), HostileAnswers.Status(200)), inTls ? worker.Certificates.Right : null);

        (await worker.SendAsync($"evt_40_whole_{inTls}", receiver.Url())).ShouldBeDelivered();
        (await worker.SendAsync($"evt_40_begun_{inTls}", receiver.Url())).ShouldBeDelivered(attempts: 2);

        receiver.Requests.Count.ShouldBe(3);
        receiver.Requests[2].Since(receiver.Requests[1]).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(80), "the schedule's wait");
    }

    [Theory]
    [InlineData("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", 2)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", 2)]
    [InlineData("Transfer-Encoding: chunked\r\n", 1)]
    public async Task Fault_36_after_an_answer_of_two_lengths_the_connection_is_not_used_again(string lengths, int connections)
    {
        await using var receiver = new HostileReceiver(exchange => exchange.WriteAsync($"HTTP/1.1 200 OK\r\n{lengths}\r\n2\r\nok\r\n0\r\n\r\n"));

        (await worker.SendAsync($"evt_36_{lengths.Length}{lengths[0]}_1", receiver.Url())).ShouldBeDelivered();
        (await worker.SendAsync($"evt_36_{lengths.Length}{lengths[0]}_2", receiver.Url())).ShouldBeDelivered();

        receiver.Requests.Count.ShouldBe(2);
        receiver.Connections.ShouldBe(connections);
    }

    [Fact]
    public async Task Fault_36_what_follows_an_answer_unasked_is_nobodys_answer()
    {
        await using var receiver = new HostileReceiver(
            HostileAnswers.InTurn(exchange => exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"), HostileAnswers.Status(200)));

        (await worker.SendAsync("evt_36_asked", receiver.Url())).ShouldBeDelivered();
        (await worker.SendAsync("evt_36_next", receiver.Url())).ShouldBeDelivered();

        receiver.Connections.ShouldBe(2);
    }
}
