namespace Posthorn.EndToEndTests.Telemetry;

/// <summary><c>posthorn top</c>, beside a worker that has something to do.</summary>
public sealed class TopTests : IAsyncLifetime
{
    private readonly Harness _harness = new Harness().WithFastProfile("00:00:00.1");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task It_shows_rates_latency_trouble_and_dead_letters_by_cause()
    {
        await using var consumer = await Consumer.StartAsync(request => new Reply(request.RequestLine.Contains("/bad", StringComparison.Ordinal) ? 503 : 200));
        await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_1", consumer.Url("/bad"), "fast"));
        await _harness.UntilDeadAsync(1);
        var top = _harness.Start("top", "--json", "--interval", "00:00:00.2", $"--api:url=http://127.0.0.1:{_harness.ApiPort}");
        await Harness.UntilAsync(() => top.JsonLines().Count > 0, "a first line", top.Everything);

        var first = top.JsonLines()[0];
        (first.GetProperty("dead").GetInt64(), first.GetProperty("dead_letters").GetProperty("RetriesExhausted").GetInt64()).ShouldBe((1, 1));
        var lane = first.GetProperty("trouble").EnumerateArray().ShouldHaveSingleItem();
        (lane.GetProperty("lane").GetString(), lane.GetProperty("cause").GetString(), lane.GetProperty("circuit_open").GetBoolean()).ShouldBe(($"http://127.0.0.1:{consumer.Port}", "HTTP 503", false));

        await _harness.AcceptAsync([.. Envelopes.Ids("evt_good", 50).Select(id => Envelopes.Of(id, consumer.Url(), "fast"))]);
        await Harness.UntilAsync(() => top.JsonLines().Any(line => line.GetProperty("delivered_per_s").GetDouble() > 0), "deliveries", top.Everything);
        await Harness.UntilAsync(() => top.JsonLines()[^1] is var line && line.GetProperty("in_flight").GetInt32() == 0 && line.GetProperty("trouble").GetArrayLength() == 0, "it is quiet again", top.Everything);
        top.JsonLines()[^1].GetProperty("p99_ms").GetDouble().ShouldBeGreaterThan(0);
        (await top.TerminateAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Once_is_one_table()
    {
        await _harness.StartWorkerAsync();

        var top = await _harness.RunAsync("top", "--once", "--server", $"http://127.0.0.1:{_harness.ApiPort}");

        top.ExitCode.ShouldBe(0, top.Everything());
        foreach (var word in new[] { "delivered", "scheduled", "open circuits", "attempt p99" }) top.Output.ShouldContain(word);
    }

    [Fact]
    public async Task Without_a_worker_it_says_so_in_one_line()
    {
        var top = await _harness.RunAsync("top", "--once", "--server", $"http://127.0.0.1:{Ports.Free()}");

        top.ExitCode.ShouldBe(1);
        top.Errors.Trim().Split('\n').ShouldHaveSingleItem().ShouldContain("cannot be asked");
    }
}
