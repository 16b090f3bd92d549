using System.Net;
using System.Text.Json;

namespace Posthorn.EndToEndTests;

public sealed class ApiTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    // Nobody listens there, and nothing is due before the tests are over.
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/hook");
    private const string Later = "\"deliver_after\":\"2099-01-01T00:00:00Z\",\"type\"";
    private readonly Harness _harness = running.Harness;

    [Fact]
    public async Task One_envelope_is_answered_with_202_and_its_id()
    {
        using var named = await _harness.PostAsync(Held("evt_one"));
        using var unnamed = await _harness.PostAsync(Held("evt_x").Replace("\"id\":\"evt_x\",", "", StringComparison.Ordinal));

        named.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        named.Content.Headers.ContentType?.MediaType.ShouldBe("application/json");
        var answer = await Harness.ReadJsonAsync(named);
        answer.GetProperty("accepted").GetInt32().ShouldBe(1);
        Ids(answer).ShouldBe(["evt_one"]);
        var made = Ids(await Harness.ReadJsonAsync(unnamed)).ShouldHaveSingleItem();
        Guid.Parse(made ?? "").Version.ShouldBe(7);
    }

    [Fact]
    public async Task An_array_is_accepted_whole_or_not_at_all()
    {
        using var whole = await _harness.PostAsync($"[{Held("evt_a1")},{Held("evt_a2")}]");
        using var broken = await _harness.PostAsync($"[{Held("evt_b1")},{{\"id\":\"evt_b2\"}},{Held("evt_b3")}]");
        using var afterwards = await _harness.PostAsync(Held("evt_b1", data: "\"another body\""));

        Ids(await Harness.ReadJsonAsync(whole)).ShouldBe(["evt_a1", "evt_a2"]);
        broken.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        Paths(await ProblemAsync(broken)).ShouldBe(["$[1].type", "$[1].data", "$[1].destination.url"], ignoreOrder: true);
        afterwards.StatusCode.ShouldBe(HttpStatusCode.Accepted, "evt_b1 of the broken array was not accepted, so its id is free");
    }

    [Fact]
    public async Task A_stream_of_lines_is_accepted()
    {
        using var whole = await _harness.PostAsync($"{Held("evt_s1")}\n\n{Held("evt_s2")}\r\n{Held("evt_s3")}", "application/x-ndjson");

        whole.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        Ids(await Harness.ReadJsonAsync(whole)).ShouldBe(["evt_s1", "evt_s2", "evt_s3"]);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("")]
    public async Task Another_content_type_is_415(string contentType)
    {
        using var answer = await _harness.PostAsync(Held("evt_415"), contentType);

        answer.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        await ProblemAsync(answer);
    }

    [Fact]
    public async Task The_queue_is_counted_and_the_probes_answer()
    {
        await _harness.AcceptAsync(Held("evt_counted"));

        var counts = await _harness.QueueCountsAsync();

        counts.GetProperty("scheduled").GetInt64().ShouldBeGreaterThan(0);
        foreach (var name in new[] { "active", "locked", "dead" }) counts.GetProperty(name).GetInt64().ShouldBeGreaterThanOrEqualTo(0);
        counts.GetProperty("oldest_age_seconds").GetDouble().ShouldBeGreaterThanOrEqualTo(0);
        (await Harness.ReadJsonAsync(await _harness.Http.GetAsync(_harness.Api("/healthz")))).GetProperty("status").GetString().ShouldBe("healthy");
        (await Harness.ReadJsonAsync(await _harness.Http.GetAsync(_harness.Api("/readyz")))).GetProperty("status").GetString().ShouldBe("ready");
        using var nowhere = await _harness.Http.GetAsync(_harness.Api("/api/nowhere"));
        nowhere.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        await ProblemAsync(nowhere);
    }

    private static string Held(string id, string data = "1") => Envelopes.Of(id, Nowhere, data: data).Replace("\"type\"", Later, StringComparison.Ordinal);

    private static List<string?> Ids(JsonElement answer) => [.. answer.GetProperty("ids").EnumerateArray().Select(id => id.GetString())];

    private static List<string> Paths(JsonElement problem) => [.. problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("path").GetString() ?? "")];

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer)
    {
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var problem = await Harness.ReadJsonAsync(answer);
        problem.GetProperty("status").GetInt32().ShouldBe((int)answer.StatusCode);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        return problem;
    }
}
