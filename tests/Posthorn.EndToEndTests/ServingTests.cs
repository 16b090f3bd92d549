using System.Net;
using System.Text.Json;

namespace Posthorn.EndToEndTests;

/// <summary>The worker as a server: streams, the command line over the API, and a bad address.</summary>
public sealed class ServingTests : IAsyncLifetime
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/hook");
    private const string Later = "\"deliver_after\":\"2099-01-01T00:00:00Z\",\"type\"";
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task The_command_line_sends_to_the_API_as_it_sends_to_the_queue()
    {
        await _harness.StartWorkerAsync();
        var file = _harness.Write("server.ndjson", $"{Held("evt_v1")}\n{{\"type\":\"t\"}}\n{Held("evt_v2")}\n");

        var sent = await _harness.RunAsync("send", file, "--server", _harness.Api("").ToString(), "--json");

        sent.ExitCode.ShouldBe(1, sent.Everything());
        sent.JsonLines().Take(3).Select(line => line.GetProperty("outcome").GetString()).ShouldBe(["accepted", "refused", "accepted"]);
        sent.JsonLines()[^1].GetProperty("accepted").GetInt32().ShouldBe(2);
    }

    [Fact]
    public async Task An_array_of_rubbish_gets_a_small_answer()
    {
        await _harness.StartWorkerAsync();
        using var some = await _harness.PostAsync($"[{string.Join(',', Enumerable.Repeat("1", 40_000))}]");
        using var many = await _harness.PostAsync($"[{string.Join(',', Enumerable.Repeat("1", 4_000_000))}]");

        some.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await some.Content.ReadAsByteArrayAsync()).Length.ShouldBeLessThan(200_000);
        many.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task A_stream_of_lines_is_accepted_up_to_a_faulty_one()
    {
        await _harness.StartWorkerAsync();
        using var whole = await _harness.PostAsync($"{Held("evt_s1")}\n\n{Held("evt_s2")}\r\n{Held("evt_s3")}", "application/x-ndjson");
        using var broken = await _harness.PostAsync($"{Held("evt_t1")}\n{Held("evt_t2")}\n{{\"oops\":\n{Held("evt_t4")}\n", "application/x-ndjson");
        using var again = await _harness.PostAsync($"[{Held("evt_t1")},{Held("evt_t2")},{Held("evt_t4")}]");

        Ids(await Harness.ReadJsonAsync(whole)).ShouldBe(["evt_s1", "evt_s2", "evt_s3"]);
        broken.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var problem = await ProblemAsync(broken);
        problem.GetProperty("accepted").GetInt32().ShouldBe(2);
        Ids(problem).ShouldBe(["evt_t1", "evt_t2"]);
        Paths(problem).ShouldAllBe(path => path.StartsWith("$[2]", StringComparison.Ordinal));
        (await Harness.ReadJsonAsync(again)).GetProperty("duplicates").GetInt32().ShouldBe(2);
    }

    private static string Held(string id, string data = "1") => Envelopes.Of(id, Nowhere, data: data).Replace("\"type\"", Later, StringComparison.Ordinal);

    private static List<string?> Ids(JsonElement answer) => [.. answer.GetProperty("ids").EnumerateArray().Select(id => id.GetString())];

    private static List<string> Paths(JsonElement problem) => [.. problem.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("path").GetString() ?? "")];

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer) => await Harness.ReadJsonAsync(answer);
}
