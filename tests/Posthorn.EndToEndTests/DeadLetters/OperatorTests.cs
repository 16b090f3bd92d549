using System.Text.Json;

namespace Posthorn.EndToEndTests.DeadLetters;

/// <summary>The tool in an operator's hands: looking, asking, putting back, deleting, and bringing back.</summary>
public sealed class OperatorTests : IAsyncLifetime
{
    private static readonly string[] ListFields =
    [
        "sequence", "id", "type", "profile", "tenant", "subject", "reason", "status", "error", "description", "attempts", "replays", "run", "destination", "endpoint_id", "delivery_id", "dead_lettered_at",
    ];

    private readonly Harness _harness = new();

    public async ValueTask InitializeAsync()
    {
        _harness.Environment["LOG_LEVEL"] = "Error";
        var (one, two) = (new Uri("http://one.example.com/hook"), new Uri("https://two.example.com:8443/a/b"));
        await _harness.BuryAsync(
        [
            .. Enumerable.Range(0, 60).Select(n => Burial.Letter($"evt_{n}", n % 2 == 0 ? one : two, n % 3 == 0 ? "job.failed" : "job.completed", tenant: $"t{n % 4}", data: $$"""{"status":"{{(n % 5 == 0 ? "failed" : "ok")}}","n":{{n}}}""")),
        ]);
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_listing_is_one_object_a_line_with_the_same_fields_and_its_filters_are_and_and_or()
    {
        var all = await DoAsync(0, "list", "--json", "--limit", "1000");
        all.JsonLines().Count.ShouldBe(60);
        foreach (var line in all.JsonLines()) line.EnumerateObject().Select(field => field.Name).ShouldBe(ListFields);
        all.JsonLines().Select(line => line.Long("sequence")).ShouldBeInOrder(SortDirection.Descending);
        (await DoAsync(0, "list", "--json")).JsonLines().Count.ShouldBe(50, "the newest 50");

        (await CountAsync("--type", "job.f*")).ShouldBe(20);
        (await CountAsync("--type", "job.f*", "--type", "job.completed")).ShouldBe(60);
        (await CountAsync("--destination", "one.example.com", "--tenant", "t0")).ShouldBe(15);
        (await CountAsync("--destination", "https://two.example.com:8443/a")).ShouldBe(30);
        (await CountAsync("--where", "data.status == \"failed\" && data.n >= 30")).ShouldBe(6);
        (await CountAsync("--where", "data.status == 'failed'", "--where", "n < 3")).ShouldBe(14);
        (await CountAsync("--sequence", "10..20", "--status", "503", "--attempts", ">=1", "--since", "2h", "--until", "30m", "--reason", "RetriesExhausted", "--profile", "standard")).ShouldBe(11);
        (await CountAsync("--since", "30m")).ShouldBe(0);
        (await CountAsync("--id", "evt_7")).ShouldBe(1);
        (await CountAsync("--subject", "x")).ShouldBe(0);
    }

    [Theory]
    [InlineData("list", "--where", "data.status = \"failed\"", "            ^", "==")]
    [InlineData("stats", "--sequence", "20..10", "", "10..20")]
    [InlineData("replay", "--attempts", ">=three", "  ^", ">=")]
    [InlineData("purge", "--since", "yesterday", "^", "2h")]
    [InlineData("export", "--reason", "RetriesExausted", "", "RetriesExhausted")]
    [InlineData("replay", "--status", "5O3", "^", "503")]
    [InlineData("purge", "--destination", "https://x y/", "", "example.com")]
    public async Task A_filter_that_cannot_be_read_shows_the_place_and_an_example(string verb, string option, string value, string pointer, string hint)
    {
        var wrong = await DoAsync(2, verb, option, value);

        wrong.Output.ShouldBeEmpty();
        var lines = wrong.Errors.TrimEnd('\n').Split('\n');
        lines.Length.ShouldBe(3, wrong.Errors);
        lines[0].ShouldStartWith($"posthorn: {option}: ");
        lines[0].ShouldContain("example: ");
        wrong.Errors.ShouldContain(hint);
        lines[1].ShouldBe(value);
        lines[2].TrimEnd().ShouldEndWith("^");
        lines[2].ShouldStartWith(pointer);
        (await _harness.CountsAsync()).ShouldBe((0, 60), "nothing was done");
    }

    [Fact]
    public async Task Statistics_group_by_what_is_asked_for()
    {
        var groups = (await DoAsync(0, "stats", "--by", "destination,reason", "--json")).JsonLines();

        groups.Select(group => (group.Text("destination"), group.Text("reason"), group.Long("count"))).ShouldBe([("http://one.example.com", "RetriesExhausted", 30), ("https://two.example.com:8443", "RetriesExhausted", 30)], ignoreOrder: true);
        groups.ShouldAllBe(group => group.GetProperty("oldest").GetDateTimeOffset() <= group.GetProperty("newest").GetDateTimeOffset());
        (await DoAsync(0, "stats", "--json")).JsonLines().Sum(group => group.Long("count")).ShouldBe(60);
        (await DoAsync(2, "stats", "--by", "colour")).Errors.ShouldContain("--by destination,reason");
        (await DoAsync(0, "stats", "--where", "n == 1000")).Output.ShouldContain("No dead letter matches");
    }

    [Fact]
    public async Task Nothing_is_put_back_without_a_yes()
    {
        (await DoAsync(0, "replay", "--dry-run", "--type", "job.failed")).Output.ShouldContain("20 dead letters would be put back");
        var dry = (await DoAsync(0, "replay", "--dry-run", "--json")).JsonLines();
        (dry[^1].Text("status"), dry[^1].Long("matched"), dry[^1].Long("replayed")).ShouldBe(("dry_run", 60, 0));
        (await AnsweredAsync("n", "replay")).Errors.ShouldContain("Nothing was done");
        var unasked = await AnsweredAsync(null, "replay");
        (unasked.ExitCode, unasked.Errors.Contains("--yes", StringComparison.Ordinal)).ShouldBe((2, true));
        (await _harness.CountsAsync()).ShouldBe((0, 60));

        var answered = await AnsweredAsync("y", "replay", "--id", "evt_1");

        answered.Errors.ShouldContain("Put 1 dead letter back?");
        answered.ExitCode.ShouldBe(0, answered.Everything());
        (await _harness.CountsAsync()).ShouldBe((1, 59));
    }

    [Fact]
    public async Task A_replay_may_go_elsewhere_and_next_time_goes_home()
    {
        await using var staging = await Receiver.StartAsync((number, _) => Task.FromResult(number == 1 ? 410 : 200));
        await _harness.StartWorkerAsync();

        await DoAsync(1, "replay", "--id", "evt_8", "--to", staging.Url("/staging?key=s3cr3t").OriginalString, "--yes", "--wait", "00:00:20");

        staging.Requests.ShouldHaveSingleItem().RequestLine.ShouldStartWith("POST /staging?key=s3cr3t ");
        staging.Ids.ShouldBe(["evt_8"]);
        var again = (await DoAsync(0, "list", "--id", "evt_8", "--json")).Json();
        (again.Text("destination"), again.Long("replays"), again.Text("reason")).ShouldBe((staging.Url("/staging").OriginalString, 1, "EndpointGone"));
        var home = Burial.Letter("evt_home", staging.Url("/home"));
        await _harness.BuryAsync([home]);
        await DoAsync(0, "replay", "--id", "evt_home", "--to", staging.Url("/other").OriginalString, "--yes", "--wait", "00:00:20");
        await _harness.BuryAsync([home]);
        await DoAsync(0, "replay", "--id", "evt_home", "--yes", "--wait", "00:00:20");

        staging.Requests.Select(request => request.RequestLine.Split(' ')[1]).ShouldBe(["/staging?key=s3cr3t", "/other", "/home"]);
        (await DoAsync(2, "replay", "--id", "evt_9", "--to", "ftp://x", "--yes")).Errors.ShouldContain("--to");
        foreach (var file in Directory.EnumerateFiles(_harness.Folder, "*", SearchOption.AllDirectories)) File.ReadAllBytes(file).AsSpan().IndexOf("s3cr3t"u8).ShouldBe(-1, file);
    }

    [Fact]
    public async Task What_has_expired_is_left_until_it_gets_a_fresh_deadline()
    {
        await using var receiver = await Receiver.StartAsync();
        await _harness.BuryAsync([Burial.Letter("evt_late", receiver.Url(), expiresIn: TimeSpan.FromMinutes(-5))]);
        await _harness.StartWorkerAsync();

        var left = (await DoAsync(0, "replay", "--id", "evt_late", "--yes", "--json")).JsonLines()[^1];
        (left.Long("matched"), left.Long("replayed"), left.Long("skipped")).ShouldBe((1, 0, 1));
        await DoAsync(0, "replay", "--id", "evt_late", "--yes", "--reset-expiry", "--wait", "00:00:20");

        receiver.Ids.ShouldBe(["evt_late"]);
    }

    [Fact]
    public async Task One_letter_is_edited_before_it_goes()
    {
        await using var receiver = await Receiver.StartAsync();
        await _harness.StartWorkerAsync();
        var script = _harness.Write("edit.sh", $"sed -i -e 's#http://one.example.com/hook#{receiver.Url("/mended")}#' -e 's/\"n\": 4,*/\"n\": 44/' \"$1\"\n");
        _harness.Environment["EDITOR"] = $"sh {script}";

        await DoAsync(0, "replay", "--id", "evt_4", "--edit", "--yes", "--wait", "00:00:20");

        var request = receiver.Requests.ShouldHaveSingleItem();
        (request["webhook-id"], request.RequestLine, request.Text).ShouldBe(("evt_4", "POST /mended HTTP/1.1", """{"status":"ok","n":44}"""));
        (await DoAsync(2, "replay", "--edit", "--yes")).Errors.ShouldContain("59 match");
        _harness.Environment["EDITOR"] = "true";
        (await DoAsync(1, "replay", "--id", "evt_6", "--edit", "--yes")).Errors.ShouldContain("left as it was");
        _harness.Environment["EDITOR"] = "sed -i s/evt_6/evt_66/";
        (await DoAsync(2, "replay", "--id", "evt_6", "--edit", "--yes")).Errors.ShouldContain("$.id");
        (await _harness.CountsAsync()).ShouldBe((0, 59));
    }

    [Fact]
    public async Task What_is_purged_is_in_an_export_and_comes_back_once()
    {
        var file = Path.Combine(_harness.Folder, "purged.ndjson");
        var before = (await DoAsync(0, "list", "--limit", "100", "--type", "job.failed", "--json")).JsonLines().Select(Comparable).ToList();

        var purge = (await DoAsync(0, "purge", "--type", "job.failed", "--export", file, "--yes", "--json")).JsonLines()[^1];

        (purge.Text("status"), purge.Long("matched"), purge.Long("purged"), purge.Text("export")).ShouldBe(("completed", 20, 20, file));
        (await _harness.CountsAsync()).ShouldBe((0, 40));
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.ReadLines(file).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("envelope").Text("type")).ShouldAllBe(type => type == "job.failed");
        (await DoAsync(2, "purge", "--export", file, "--yes")).Errors.ShouldContain("purged.ndjson");
        Counts(await DoAsync(0, "import", file, "--json")).ShouldBe((20, 0, 0));
        Counts(await DoAsync(0, "import", file, "--json")).ShouldBe((0, 20, 0));
        (await DoAsync(0, "list", "--limit", "100", "--type", "job.failed", "--json")).JsonLines().Select(Comparable).ShouldBe(before, ignoreOrder: true);
        File.AppendAllText(file, "{\"reason\":\"x\"}\nnot JSON\n");
        var partly = await DoAsync(1, "import", file, "--json");
        Counts(partly).ShouldBe((0, 20, 2));
        partly.Errors.ShouldContain("purged.ndjson:21: ");
        partly.Errors.ShouldContain("purged.ndjson:22: ");
        var runs = (await DoAsync(0, "runs", "--json")).JsonLines();
        (runs[^1].Text("kind"), runs[^1].Text("filter"), runs[^1].Long("purged")).ShouldBe(("purge", "--type job.failed", 20));
    }

    [Fact]
    public async Task A_dead_letter_shows_the_headers_it_would_be_sent_with_and_no_secret()
    {
        await using var receiver = await Receiver.StartAsync((_, _) => Task.FromResult(410));
        await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_shown", receiver.Url("/hook?q=qu3ry"), "standard", """
            "secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw","bearer_token":"t0ken-t0ken","headers":{"X-Env":"h3ader-value"}
            """));
        await _harness.UntilDeadAsync(61);

        var shown = await DoAsync(0, "show", "evt_shown");
        var json = (await DoAsync(0, "show", "evt_shown", "--json")).Json();

        json.GetProperty("headers").EnumerateObject().ToDictionary(header => header.Name, header => header.Value.GetString()).ShouldContainKeyAndValue("Authorization", "Bearer ***");
        json.GetProperty("headers").EnumerateObject().Select(header => header.Name).ShouldBe(["Content-Type", "webhook-id", "webhook-timestamp", "webhook-signature", "Authorization", "X-Env"], ignoreOrder: true);
        shown.Output.ShouldContain("webhook-id: evt_shown");
        var hostile = Burial.Letter("evt_hostile", new Uri("http://x.example.com/")) with { Description = "\u001b[2Jgone\u202e", Reason = new("Foo\u009b") };
        await _harness.BuryAsync([hostile]);
        foreach (var verb in new string[][] { ["list"], ["stats"], ["show", "evt_hostile"] }) (await DoAsync(0, verb)).Output.ShouldNotContain(text => text == '\u001b' || text == '\u202e' || text == '\u009b');
        await DoAsync(0, "purge", "--id", "evt_hostile", "--yes", "--no-export");
        foreach (var secret in new[] { "MfKQ9r8G", "t0ken", "h3ader", "qu3ry" }) (shown.Everything() + json.GetRawText() + (await DoAsync(0, "export", "--id", "evt_shown")).Output).ShouldNotContain(secret);
        (await _harness.CallAsync("GET /api/dead-letters/evt_shown")).Json.GetProperty("headers").GetRawText().ShouldContain("Bearer ***");
        (await _harness.CallAsync("GET /api/dead-letters/stats?by=cause&status=410")).Json.Long("total").ShouldBe(1);
        (await _harness.CallAsync("GET /api/dead-letters?where=n%20%3D%201")).Text.ShouldContain("at character 3");
        (await _harness.CallAsync("GET /api/dead-letters?reson=Expired")).Text.ShouldContain("reson");
        (await _harness.CallAsync("POST /api/dead-letters/purge", """{"sequences":[1,2,3,9,2]}""")).Json.Items("sequences").Count.ShouldBe(4);
        var purge = (await DoAsync(0, "runs", "--json")).JsonLines()[0];
        (purge.Text("kind"), purge.Text("status"), purge.Long("matched"), purge.Long("purged"), purge.Text("filter")).ShouldBe(("purge", "completed", 4, 4, "--sequence 1..3 --sequence 9"));
        (await _harness.RunAsync("dead-letters", "list", "--server", _harness.Api("/").OriginalString, "--status", "410", "--json")).Json().Text("id").ShouldBe("evt_shown");
        (await _harness.RunAsync("dead-letters", "stats", "--server", _harness.Api("/").OriginalString, "--json", "--by", "status")).JsonLines().Sum(group => group.Long("count")).ShouldBe(57);
    }

    private async Task<PosthornProcess> DoAsync(int exitCode, params string[] args)
    {
        var process = await _harness.RunAsync(["dead-letters", .. args]);
        process.ExitCode.ShouldBe(exitCode, process.Everything());
        return process;
    }

    /// <summary>A command that is answered on its standard input; null ends it at once.</summary>
    private async Task<PosthornProcess> AnsweredAsync(string? answer, params string[] args)
    {
        var process = _harness.Start(["dead-letters", .. args]);
        if (answer is not null) await process.Input.WriteLineAsync(answer);
        process.Input.Close();
        await process.WaitForExitAsync(TimeSpan.FromSeconds(30));
        return process;
    }

    private async Task<int> CountAsync(params string[] filter) => (await DoAsync(0, ["list", "--json", "--limit", "1000", .. filter])).JsonLines().Count;

    /// <summary>All of a listing's line but its number, which an import makes anew.</summary>
    private static string Comparable(JsonElement line) => string.Join(',', line.EnumerateObject().Where(field => field.Name != "sequence").Select(field => field.Value.GetRawText()));

    private static (long, long, long) Counts(PosthornProcess import) => (import.Json().Long("imported"), import.Json().Long("skipped"), import.Json().Long("failed"));
}
