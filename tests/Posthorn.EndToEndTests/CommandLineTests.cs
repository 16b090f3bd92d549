using System.Net;
using System.Net.Sockets;

namespace Posthorn.EndToEndTests;

public sealed class CommandLineTests : IAsyncLifetime
{
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_busy_port_is_one_clear_line()
    {
        using var busy = new TcpListener(IPAddress.Loopback, _harness.ApiPort);
        busy.Start();

        var serve = await _harness.RunAsync("serve", $"--api:url=http://127.0.0.1:{_harness.ApiPort}");
        var listen = await _harness.RunAsync("listen", "--port", $"{_harness.ApiPort}");

        ShouldSayOneLine(serve, exitCode: 2, "api:url", $"{_harness.ApiPort}");
        ShouldSayOneLine(listen, exitCode: 2, "--port", $"{_harness.ApiPort}");
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("send", "one.json")]
    public async Task A_data_folder_that_cannot_be_is_one_clear_line(params string[] command)
    {
        _harness.Write("one.json", Envelopes.Of("evt_1", new Uri("http://localhost/hook")));
        _harness.Write("data", "a file where the folder should be");

        ShouldSayOneLine(await _harness.RunAsync(command), exitCode: 2, "queue:sqlite:path", Path.Combine("data", "queue.db"));
    }

    [Fact]
    public async Task Fault_20_a_damaged_queue_file_is_refused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_harness.QueueFile) ?? "");
        File.WriteAllBytes(_harness.QueueFile, [.. Enumerable.Range(0, 8192).Select(n => (byte)(n * 7))]);

        ShouldSayOneLine(await _harness.RunAsync("serve"), exitCode: 2, "queue.db", "damaged");
        ShouldSayOneLine(await _harness.RunAsync("dead-letters", "list"), exitCode: 2, "queue.db", "damaged");
    }

    [Fact]
    public async Task A_bad_envelope_is_named_by_file_line_and_path_and_the_good_ones_are_accepted()
    {
        var good = Envelopes.Of("evt_good", new Uri("http://localhost/hook"));
        const string Bad = """{"id":"no spaces","data":1,"destination":{"url":"ftp://x"}}""";
        var file = _harness.Write("mixed.ndjson", $"{good}\n{Bad}\n");

        var run = await _harness.RunAsync("send", file);

        ShouldSayOneLine(run, exitCode: 1, "mixed.ndjson:2", "$.id", "$.type", "$.destination.url");
        run.Output.ShouldStartWith("1 envelope");
    }

    [Theory]
    [InlineData(2, "send", "missing.json")]
    [InlineData(2, "send")]
    [InlineData(2, "sned", "x")]
    [InlineData(2, "serve", "--frobnicate")]
    [InlineData(2, "dead-letters", "lsit")]
    [InlineData(2, "dead-letters", "list")]
    [InlineData(2, "dead-letters", "list", "--limit", "0")]
    [InlineData(2, "dead-letters", "stats", "--by", "colour")]
    [InlineData(2, "dead-letters", "replay", "--rate", "fast", "--yes")]
    [InlineData(2, "dead-letters", "replay", "--stop-at", "20", "--yes")]
    [InlineData(2, "dead-letters", "replay", "--canary", "-1", "--yes")]
    [InlineData(2, "dead-letters", "replay", "--resume", "run_1", "--type", "x")]
    [InlineData(2, "dead-letters", "replay", "--where", "data.n =", "--yes")]
    [InlineData(2, "dead-letters", "purge", "--no-export", "--export", "x", "--yes")]
    [InlineData(2, "dead-letters", "import", "missing.ndjson")]
    [InlineData(2, "profiles", "show", "nobody")]
    [InlineData(2, "sign", "missing.json")]
    [InlineData(2, "listen", "--profile", "nobody")]
    [InlineData(2, "listen", "--respond", "99")]
    [InlineData(2, "listen", "--port", "0")]
    public async Task Wrong_use_is_explained_without_a_stack_trace(int exitCode, params string[] args)
    {
        var run = await _harness.RunAsync(args);

        run.ExitCode.ShouldBe(exitCode, run.Everything());
        run.Errors.ShouldStartWith("posthorn: ");
        run.Errors.ShouldNotContain("   at ");
        run.Errors.ShouldNotContain("Exception");
        run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBeLessThanOrEqualTo(3, run.Errors);
    }

    [Theory]
    [InlineData]
    [InlineData("serve")]
    [InlineData("send")]
    [InlineData("listen")]
    [InlineData("dead-letters")]
    [InlineData("dead-letters", "list")]
    [InlineData("dead-letters", "show")]
    [InlineData("dead-letters", "stats")]
    [InlineData("dead-letters", "replay")]
    [InlineData("dead-letters", "runs")]
    [InlineData("dead-letters", "purge")]
    [InlineData("dead-letters", "export")]
    [InlineData("dead-letters", "import")]
    [InlineData("profiles")]
    [InlineData("profiles", "list")]
    [InlineData("profiles", "show")]
    [InlineData("sign")]
    [InlineData("health")]
    public async Task Every_verb_has_its_help(params string[] verb)
    {
        var run = await _harness.RunAsync([.. verb, "--help"]);

        run.ExitCode.ShouldBe(0, run.Everything());
        run.Output.ShouldContain("Usage:");
        run.Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("serve", "--queue:kind=serviceBus", "--queue:serviceBus:namespace=shop.servicebus.windows.net")]
    [InlineData("send", "-", "--queue:kind=servicebus")]
    [InlineData("dead-letters", "list", "--queue:kind=serviceBus")]
    public async Task Without_its_adapter_a_build_that_is_asked_for_Service_Bus_says_how_to_rebuild(params string[] args)
    {
        var run = await _harness.RunAsync(args);

        ShouldSayOneLine(run, 2, "queue:kind", "-p:ServiceBus=true");
    }

    [Fact]
    public async Task The_variable_with_a_connection_string_asks_for_Service_Bus_and_is_not_shown()
    {
        _harness.Environment["AZURE_SERVICE_BUS_CONNECTION_STRING"] = "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=n;SharedAccessKey=hidden";

        var run = await _harness.RunAsync("serve");

        ShouldSayOneLine(run, 2, "queue:kind", "AZURE_SERVICE_BUS_CONNECTION_STRING", "-p:ServiceBus=true");
        run.Everything().ShouldNotContain("hidden");
    }

    private static void ShouldSayOneLine(PosthornProcess run, int exitCode, params string[] parts)
    {
        run.ExitCode.ShouldBe(exitCode, run.Everything());
        var line = run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem(run.Everything());
        line.ShouldStartWith("posthorn: ");
        line.ShouldNotContain("   at ");
        line.ShouldNotContain("Exception");
        foreach (var part in parts) line.ShouldContain(part);
    }
}
