using System.Diagnostics;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Answers that never come, never end, are too much, or are no HTTP: bounded in time and in size, and never believed.</summary>
[Collection(Alone.Name)]
public sealed class NetworkAnswerTests(NetworkWorker worker) : IClassFixture<NetworkWorker>
{
    private const long Megabyte = 1024 * 1024;

    [Fact]
    public async Task Fault_27_dripped_headers_end_at_the_deadline_and_are_tried_again()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.DripHeaders);

        (await worker.SendAsync("evt_27", receiver.Url(), "brief")).ShouldHaveTimedOut();

        await Harness.UntilAsync(() => receiver.Departures.Count == NetworkWorker.Attempts, "every connection was closed");
    }

    [Fact]
    public async Task Fault_28_a_dripped_body_after_200_is_a_success_and_holds_its_slot_until_the_deadline_at_most()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.DripBody(200));

        (await worker.SendAsync("evt_28", receiver.Url(), "brief")).ShouldBeDelivered();

        await Harness.UntilAsync(() => receiver.Departures.Count == 1, "the connection was closed");
        Stopwatch.GetElapsedTime(receiver.Requests.ShouldHaveSingleItem().At, receiver.Departures[0]).ShouldBeLessThan(NetworkWorker.Brief);
    }

    [Fact]
    public async Task Fault_28_a_dripped_body_after_500_is_a_500_at_the_deadline()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.DripBody(500));

        var outcome = (await worker.SendAsync("evt_28_500", receiver.Url(), "brief")).ShouldBeExhausted(500);

        outcome.Attempts.ShouldAllBe(attempt => attempt.Duration < NetworkWorker.Brief && attempt.Detail.StartsWith("..", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(500)]
    public async Task Fault_29_an_infinite_body_is_cut_at_the_cap(int status)
    {
        var written = 0L;
        await using var receiver = new HostileReceiver(HostileAnswers.InfiniteBody(status, bytes => Interlocked.Add(ref written, bytes)));

        var outcome = await worker.SendAsync($"evt_29_{status}", receiver.Url());

        if (status == 200) outcome.ShouldBeDelivered();
        else outcome.ShouldBeExhausted(500).Attempts.ShouldAllBe(attempt => attempt.Detail.Length < 300);
        await Harness.UntilAsync(() => receiver.Departures.Count == outcome.Attempts.Count, "every connection was closed");
        outcome.Attempts.ShouldAllBe(attempt => attempt.Duration < NetworkWorker.Brief, "it did not take the deadline, which is 15 s");
        Interlocked.Read(ref written).ShouldBeLessThan(outcome.Attempts.Count * 16 * Megabyte, "what the sockets' buffers hold");
    }

    [Fact]
    public async Task Fault_30_headers_over_64_KB_are_no_answer_and_below_they_are()
    {
        await using var one = new HostileReceiver(HostileAnswers.Headers(1, 70_000));
        await using var many = new HostileReceiver(HostileAnswers.Headers(70, 1_000));
        await using var below = new HostileReceiver(HostileAnswers.Headers(60, 1_000));

        (await worker.SendAsync("evt_30_one", one.Url())).ShouldBeExhausted("InvalidResponse", "64 KB");
        (await worker.SendAsync("evt_30_many", many.Url())).ShouldBeExhausted("InvalidResponse", "64 KB");
        (await worker.SendAsync("evt_30_below", below.Url())).ShouldBeDelivered();
    }

    [Theory]
    [InlineData(100)]
    [InlineData(103)]
    public async Task Fault_31_a_flood_of_1xx_ends_with_the_bound_of_headers(int status)
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Flood(status));

        var outcome = (await worker.SendAsync($"evt_31_{status}", receiver.Url())).ShouldBeExhausted("InvalidResponse", "64 KB");

        outcome.Attempts.ShouldAllBe(attempt => attempt.Duration < NetworkWorker.Brief);
        await Harness.UntilAsync(() => receiver.Departures.Count == NetworkWorker.Attempts, "every connection was closed");
        worker.PeakMemory.ShouldBeLessThan(250 * Megabyte);
    }

    [Fact]
    public async Task Fault_31_dripped_1xx_end_at_the_deadline()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.DripInformation);

        (await worker.SendAsync("evt_31_drip", receiver.Url(), "brief")).ShouldHaveTimedOut();
    }

    [Fact]
    public async Task Fault_31_one_1xx_before_the_answer_is_no_harm()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Bytes("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));

        (await worker.SendAsync("evt_31_one", receiver.Url())).ShouldBeDelivered();
    }

    [Fact]
    public async Task Fault_32_a_redirect_is_a_failure_and_its_target_is_never_contacted()
    {
        await using var target = new HostileReceiver(HostileAnswers.Status(200));
        await using var receiver = new HostileReceiver(exchange =>
            HostileAnswers.Status(int.Parse(exchange.Request.RequestLine.Split(' ')[1].TrimStart('/')), $"Location: {target.Url()}\r\n")(exchange));
        int[] statuses = [300, 301, 302, 303, 307, 308];

        await worker.AcceptAsync([.. statuses.Select(status => Envelopes.Of($"evt_32_{status}", receiver.Url($"/{status}"), "fast"))]);

        foreach (var status in statuses) (await worker.UntilOverAsync($"evt_32_{status}")).ShouldBeExhausted(status);
        target.Connections.ShouldBe(0);
        receiver.Requests.Count.ShouldBe(statuses.Length * NetworkWorker.Attempts);
    }

    [Theory]
    [InlineData("banana", "BANANA!\r\n\r\n")]
    [InlineData("letters", "HTTP/1.1 abc OK\r\n\r\n")]
    [InlineData("thousand", "HTTP/1.1 1000 OK\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("colonless", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n")]
    [InlineData("smtp", "220 mail.example.com ESMTP\r\n")]
    [InlineData("chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\nhello\r\n0\r\n\r\n")]
    [InlineData("chunk_end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloXX0\r\n\r\n")]
    [InlineData("chunk_length", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nhello\r\n")]
    public async Task Fault_36_what_is_no_HTTP_is_no_answer(string name, string answer)
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Bytes(answer));

        (await worker.SendAsync($"evt_36_{name}", receiver.Url())).ShouldBeExhausted("InvalidResponse", "the answer is not HTTP");
    }

    [Fact]
    public async Task Fault_36_a_status_nobody_knows_is_a_failure()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Status(999));

        (await worker.SendAsync("evt_36_999", receiver.Url())).ShouldBeExhausted(999);
    }

    [Theory]
    [InlineData("length", "Content-Length: 100\r\n\r\nonly this")]
    [InlineData("chunk", "Transfer-Encoding: chunked\r\n\r\n64\r\nonly this")]
    [InlineData("chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\nonly\r\n")]
    public async Task Fault_37_a_truncated_body_after_200_is_a_success(string name, string answer)
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Bytes($"HTTP/1.1 200 OK\r\n{answer}"));

        (await worker.SendAsync($"evt_37_{name}", receiver.Url())).ShouldBeDelivered();

        receiver.Requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Fault_38_a_gzip_bomb_is_not_inflated()
    {
        await using var failing = new HostileReceiver(HostileAnswers.GzipBomb(500));
        await using var succeeding = new HostileReceiver(HostileAnswers.GzipBomb(200));

        var failed = (await worker.SendAsync("evt_38_500", failing.Url())).ShouldBeExhausted(500);
        (await worker.SendAsync("evt_38_200", succeeding.Url())).ShouldBeDelivered();

        failed.Attempts.ShouldAllBe(attempt => attempt.Detail.Length > 0 && !attempt.Detail.Contains("AAAA", StringComparison.Ordinal));
        failing.Requests.ShouldAllBe(request => request["Accept-Encoding"] == null);
        worker.PeakMemory.ShouldBeLessThan(250 * Megabyte);
    }

    [Fact]
    public async Task Fault_26_to_38_all_at_once_leave_the_worker_small_and_a_neighbour_served()
    {
        Func<HostileExchange, Task>[] scripts =
        [
            HostileAnswers.Silence, HostileAnswers.Reset, HostileAnswers.DripHeaders, HostileAnswers.DripBody(200), HostileAnswers.InfiniteBody(500, _ => { }),
            HostileAnswers.Flood(103), HostileAnswers.Headers(1, 70_000), HostileAnswers.GzipBomb(500), HostileAnswers.Bytes("BANANA!\r\n\r\n"),
        ];
        var receivers = scripts.Select(script => new HostileReceiver(script)).ToList();
        await using var healthy = new HostileReceiver(HostileAnswers.Status(200));
        var hostile = receivers.SelectMany((receiver, place) => Envelopes.Ids($"evt_all_{place}", 4).Select(id => (Id: id, Url: receiver.Url()))).ToList();

        await worker.AcceptAsync([.. hostile.Select(one => Envelopes.Of(one.Id, one.Url, "brief")), .. Envelopes.Ids("evt_well", 20).Select(id => Envelopes.Of(id, healthy.Url()))]);

        foreach (var id in Envelopes.Ids("evt_well", 20)) (await worker.UntilOverAsync(id)).Status.ShouldBe("delivered");
        foreach (var (id, _) in hostile) await worker.UntilOverAsync(id);
        worker.PeakMemory.ShouldBeLessThan(250 * Megabyte);
        worker.Process.HasExited.ShouldBeFalse();
        foreach (var receiver in receivers) await receiver.DisposeAsync();
    }
}
