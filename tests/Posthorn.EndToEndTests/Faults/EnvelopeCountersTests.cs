namespace Posthorn.EndToEndTests.Faults;

/// <summary>What the queue's file says of a message's past is not believed beyond reason.</summary>
public sealed class EnvelopeCountersTests : IAsyncLifetime
{
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:00.1", "00:00:00.2");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_53_an_attempt_counter_that_is_absent_negative_huge_or_no_number_is_read_safely()
    {
        await using var receiver = new RawReceiver(_ => 500);
        (string Set, int Attempts)[] tampered =
        [
            ("attempts = NULL", 3),
            ("attempts_made = -1", 3),
            ("attempts_made = -9223372036854775808", 3),
            ("attempts_made = 'many'", 3),
            ("attempts_made = x'FF00'", 3),
            ("attempts_made = 2", 1),
            ("attempts_made = 2147483647", 1),
            ("attempts_made = 9223372036854775807", 1),
            ("attempts_made = 1e300", 1),
            ("postponements = -1, replays = 1e300", 3),
            ("postponements = 9223372036854775807, replays = 'x'", 3),
            ("delivery_count = -5", 3),
            ("delivery_count = 'x'", 3),
            ("delivery_count = 9223372036854775807", 0),
            ("enqueued_at = 9223372036854775807", 3),
            ("enqueued_at = 'yesterday'", 3),
            ("message_id = 'evt spaced'", 3),
        ];
        await SendAsync(receiver.Url(), tampered.Length);
        using (var file = _harness.OpenQueueFile())
        {
            for (var i = 0; i < tampered.Length; i++) file.Execute($"UPDATE messages SET {tampered[i].Set} WHERE message_id = 'evt_{i + 1}'").ShouldBe(1, tampered[i].Set);
        }

        await _harness.StartWorkerAsync();
        var letters = await _harness.UntilDeadAsync(tampered.Length);

        for (var i = 0; i < tampered.Length; i++)
            receiver.Requests.Count(request => request["webhook-id"] == $"evt_{i + 1}").ShouldBe(tampered[i].Attempts, tampered[i].Set);
        letters.Count.ShouldBe(tampered.Length);
        letters.ShouldAllBe(letter => letter.GetProperty("attempts").GetInt32() >= 0 && letter.GetProperty("attempts").GetInt32() <= 1_000_001);
        letters.Count(letter => letter.Text("reason") == "RetriesExhausted").ShouldBe(tampered.Length - 1);
        letters.Single(letter => letter.Text("reason") != "RetriesExhausted").Text("reason").ShouldBe("MaxDeliveryCountExceeded");
    }

    [Fact]
    public async Task Fault_53_a_history_that_cannot_be_read_does_not_stop_the_attempts()
    {
        await using var receiver = new RawReceiver(_ => 500);
        string[] histories =
        [
            "not JSON",
            "[{}]",
            "[1,null,\"x\"]",
            "[{\"number\":1e99}]",
            "[{\"number\":-7,\"at\":\"9999-12-31T23:59:59Z\",\"duration_ms\":-1,\"detail\":\"\\ud800\"}]",
            "[{\"number\":2147483647,\"at\":\"0001-01-01T00:00:00+14:00\",\"duration_ms\":9223372036854775807}]",
        ];
        await SendAsync(receiver.Url(), histories.Length);
        using (var file = _harness.OpenQueueFile())
        {
            for (var i = 0; i < histories.Length; i++) file.Execute($"UPDATE messages SET attempts = $0 WHERE message_id = 'evt_{i + 1}'", histories[i]).ShouldBe(1);
        }

        await _harness.StartWorkerAsync();
        await _harness.UntilDeadAsync(histories.Length);

        foreach (var (i, history) in histories.Index())
        {
            var id = $"evt_{i + 1}";
            receiver.Requests.Count(request => request["webhook-id"] == id).ShouldBe(3, history);
            var shown = await _harness.RunAsync("dead-letters", "show", id, "--json");
            shown.ExitCode.ShouldBe(0, shown.Everything());
            shown.Json().Items("history").Count.ShouldBeInRange(3, 4, history);
            (await _harness.RunAsync("dead-letters", "show", id)).ExitCode.ShouldBe(0, history);
        }
    }

    private async Task SendAsync(Uri url, int count)
    {
        var lines = string.Join('\n', Envelopes.Ids("evt", count).Select(id => Envelopes.Of(id, url, "fast")));
        var sent = await _harness.RunAsync("send", _harness.Write("all.ndjson", lines));
        sent.ExitCode.ShouldBe(0, sent.Everything());
    }
}
