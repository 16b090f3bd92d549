using System.Net;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>A configuration that cannot be used: one line that names the key, exit code 2, and no secret.</summary>
public sealed class OperationsConfigurationTests : IAsyncLifetime
{
    private const string Secret = "a-SECRET-4711";
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [InlineData("queue:lockDuration", "1 minute")]
    [InlineData("queue:lockDuration", "00:00:00.5")]
    [InlineData("queue:kind", "rabbit")]
    [InlineData("queue:maxDeliveryCount", "0")]
    [InlineData("queue:duplicateWindow", "-00:00:01")]
    [InlineData("delivery:maxInFlight", "many")]
    [InlineData("delivery:maxInFlightPerDestination", "-1")]
    [InlineData("delivery:shutdownGrace", "5")]
    [InlineData("delivery:maxRetryAfter", "tomorrow")]
    [InlineData("history:retention", "for ever")]
    [InlineData("endpoints:recoveryRate", "1e3")]
    [InlineData("store:kind", "oracle")]
    [InlineData("network:allowPrivateNetworks", "perhaps")]
    [InlineData("network:allowHttp", "1")]
    [InlineData("api:url", "ftp://x")]
    [InlineData("api:requestsPerSecond", "-5")]
    [InlineData("profiles:mine:timeout", "0")]
    [InlineData("profiles:mine:retry:delays:0", "soon")]
    [InlineData("profiles:mine:extends", "nobody")]
    [InlineData("profiles:mine:success:0", "2xx")]
    public async Task Fault_66_a_bad_value_is_named_with_what_it_holds_and_what_it_may_hold(string key, string value)
    {
        var run = await _harness.RunAsync("serve", $"--{key}={value}");

        ShouldSayOneLine(run, key.Replace(":0", "", StringComparison.Ordinal), value, "accepted:");
    }

    [Theory]
    [InlineData("queue:lockDurations")]
    [InlineData("delivery:x:y")]
    [InlineData("nothing:here")]
    [InlineData("profiles:mine:singature:header")]
    public async Task Fault_66_an_unknown_setting_is_named(string key) =>
        ShouldSayOneLine(await _harness.RunAsync("serve", $"--{key}=1"), key.Split(':')[0], "there is no such");

    [Fact]
    public async Task Fault_66_every_wrong_setting_is_named_in_one_start()
    {
        var run = await _harness.RunAsync("serve", "--queue:lockDuration=x", "--delivery:maxInFlight=y", "--api:url=z");

        run.ExitCode.ShouldBe(2, run.Everything());
        foreach (var key in new[] { "queue:lockDuration", "delivery:maxInFlight", "api:url" }) run.Errors.ShouldContain($"{key}: ");
    }

    [Theory]
    [InlineData("{ \"queue\": ", "host.json")]
    [InlineData("""{"queue":5}""", "queue: ")]
    [InlineData("""{"profiles":{"x":"a text"}}""", "profiles:x: ")]
    [InlineData("""{"profiles":{"x":{"retry":{"max":3,"delays":["00:00:01"]}}}}""", "profiles:x:retry:delays: ")]
    [InlineData("""{"secrets":{"papr":{"deep":{"er":"a-SECRET-4711"}}}}""", "secrets:papr: ")]
    [InlineData("""{"secrets":{"papr":["a-SECRET-4711",""]}}""", "secrets:papr: ")]
    [InlineData("""{"secrets":"a-SECRET-4711"}""", "secrets: ")]
    [InlineData("""{"store":"a-SECRET-4711"}""", "store: ")]
    [InlineData("""{"profiles":"a-SECRET-4711"}""", "profiles: ")]
    [InlineData("""{"profiles":["a-SECRET-4711"]}""", "profiles:0: ")]
    [InlineData("""{"network":"a-SECRET-4711"}""", "network: ")]
    [InlineData("""["a-SECRET-4711"]""", "host.json")]
    [InlineData("""{"store":{"kind":"postgres","postgres":"Password=a-SECRET-4711"}}""", "store:postgres: ")]
    [InlineData("""{"store":{"kind":"postgres","postgres":{"connectionString":"Hostt=x;Password=a-SECRET-4711"}}}""", "store:postgres:connectionString: ")]
    [InlineData("""{"api":{"keys":["a-SECRET-4711"]}}""", "api:keys")]
    [InlineData("""{"api":{"keys":"a-SECRET-4711"}}""", "api:keys")]
    [InlineData("""{"queue":{"lockDuration":"x"},"secrets":{"papr":"a-SECRET-4711"}}""", "queue:lockDuration: ")]
    [InlineData("{\"secrets\":{\"papr\":\"a-SECRET-4711\n\"}}", "host.json")]
    [InlineData("""{"secrets":{"papr":"a-SECRET-4711" "x":1}}""", "host.json")]
    public async Task Fault_66_a_host_file_that_cannot_be_used_is_told_without_its_secrets(string host, string key)
    {
        _harness.Write("host.json", host);

        var run = await _harness.RunAsync("serve");

        run.ExitCode.ShouldBe(2, run.Everything());
        run.Errors.ShouldStartWith("posthorn: ");
        run.Errors.ShouldContain(key);
        foreach (var never in new[] { "   at ", "Exception", "SECRET" }) (run.Output + run.Errors).ShouldNotContain(never, Case.Sensitive);
    }

    [Fact]
    public async Task Fault_66_environment_variables_are_named_as_keys_and_their_secrets_are_not_shown()
    {
        _harness.Environment["delivery__shutdownGrace"] = "never";
        _harness.Environment["secrets__papr"] = Secret;
        _harness.Environment["api__keys__0"] = Secret;
        var run = await _harness.RunAsync("serve");

        run.ExitCode.ShouldBe(2, run.Everything());
        run.Errors.ShouldContain("delivery:shutdownGrace: 'never'");
        run.Errors.ShouldContain("api:keys");
        (run.Output + run.Errors).ShouldNotContain(Secret);
    }

    [Theory]
    [InlineData("http://192.0.2.1:18777")]
    [InlineData("http://256.1.1.1:18777")]
    [InlineData("http://nohost.invalid:18777")]
    public async Task Fault_66_an_address_that_cannot_be_listened_at_is_named(string url)
    {
        var run = _harness.Start("serve", $"--api:url={url}");
        await run.WaitForExitAsync(TimeSpan.FromSeconds(10));

        run.ExitCode.ShouldBe(2, run.Everything());
        run.Errors.ShouldStartWith("posthorn: api:url: ");
        run.Errors.ShouldNotContain("   at ");
    }

    [Fact]
    public async Task Fault_67_a_host_file_that_breaks_while_the_worker_runs_changes_nothing_and_the_next_start_refuses_it()
    {
        await using var receiver = new RawReceiver(number => number == 1 ? 500 : 200);
        const string Good = """{"profiles":{"mine":{"retry":{"delays":["00:00:00.5"]}}}}""";
        var host = _harness.Write("host.json", Good);
        var worker = await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_before", receiver.Url(), "mine"));
        await Harness.UntilAsync(() => receiver.Requests.Count == 1, "the first attempt", worker.Everything);

        // The configuration is read at the start, and never again: nothing a running worker could do with this one.
        await File.WriteAllTextAsync(host, "{ \"queue\": { \"lockDuration\": ", TestContext.Current.CancellationToken);
        await _harness.AcceptAsync(Envelopes.Of("evt_after", receiver.Url(), "mine"));
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Select(request => request["webhook-id"]).ShouldBe(["evt_before", "evt_after", "evt_before"], ignoreOrder: true);
        (await _harness.CallAsync("GET /healthz")).Status.ShouldBe(HttpStatusCode.OK);
        (await worker.TerminateAsync()).ShouldBe(0, worker.Everything());

        ShouldSayOneLine(await _harness.RunAsync("serve"), "host.json", "is not JSON");
        await File.WriteAllTextAsync(host, Good, TestContext.Current.CancellationToken);
        await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_again", receiver.Url(), "mine"));
        await Harness.UntilAsync(() => receiver.Requests.Count == 4, "it delivers again", _harness.DescribeProcesses);
    }

    private static void ShouldSayOneLine(PosthornProcess run, params string[] parts)
    {
        run.ExitCode.ShouldBe(2, run.Everything());
        var line = run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem(run.Everything());
        line.ShouldStartWith("posthorn: ");
        line.ShouldNotContain("   at ");
        line.ShouldNotContain("Exception");
        foreach (var part in parts) line.ShouldContain(part);
    }
}
