using System.Net;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>The same id again.</summary>
public sealed class EnvelopeRepeatedTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private readonly Harness _harness = running.Harness;

    [Fact]
    public async Task Fault_52_the_same_envelope_is_accepted_once_and_another_body_under_its_id_is_409()
    {
        await using var receiver = new RawReceiver();
        var envelope = Envelopes.Of("evt_twice", receiver.Url());

        var first = await _harness.CallAsync("POST /api/notifications", envelope);
        var second = await _harness.CallAsync("POST /api/notifications", envelope);
        var other = await _harness.CallAsync("POST /api/notifications", Envelopes.Of("evt_twice", receiver.Url(), data: "{\"n\":2}"));
        await _harness.AcceptAsync(Envelopes.Of("evt_last", receiver.Url()));

        first.Json.GetProperty("duplicates").GetInt32().ShouldBe(0);
        second.Status.ShouldBe(HttpStatusCode.Accepted);
        second.Json.GetProperty("duplicates").GetInt32().ShouldBe(1);
        other.ShouldBeProblem(HttpStatusCode.Conflict).Paths.ShouldBe(["$.id"]);
        await Harness.UntilAsync(() => receiver.Requests.Any(request => request["webhook-id"] == "evt_last"), "the last one arrives");
        receiver.Requests.Count(request => request["webhook-id"] == "evt_twice").ShouldBe(1);
    }

    [Fact]
    public async Task Fault_52_of_many_at_the_same_moment_one_is_delivered()
    {
        await using var receiver = new RawReceiver();
        var envelope = Envelopes.Of("evt_crowd", receiver.Url());

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _harness.CallAsync("POST /api/notifications", envelope)));
        await _harness.UntilQueueIsEmptyAsync();

        answers.ShouldAllBe(answer => answer.Status == HttpStatusCode.Accepted);
        answers.Sum(answer => answer.Json.GetProperty("duplicates").GetInt32()).ShouldBe(19);
        receiver.Requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Fault_52_a_conflict_in_an_array_refuses_all_of_it()
    {
        await using var receiver = new RawReceiver();
        await _harness.AcceptAsync(Envelopes.Of("evt_taken", receiver.Url()));

        var answer = await _harness.CallAsync("POST /api/notifications", $"[{Envelopes.Of("evt_new", receiver.Url())},{Envelopes.Of("evt_taken", receiver.Url(), data: "2")}]");
        await _harness.AcceptAsync(Envelopes.Of("evt_new", receiver.Url(), data: "\"its id is free\""));

        answer.ShouldBeProblem(HttpStatusCode.Conflict).Paths.ShouldBe(["$[1].id"]);
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.Select(request => request.Text).ShouldBe(["""{"n":"evt_taken"}""", "\"its id is free\""], ignoreOrder: true);
    }

    [Fact]
    public async Task Fault_52_the_command_line_tells_a_repetition_from_a_conflict()
    {
        await using var receiver = new RawReceiver();
        var same = _harness.Write("same.json", Envelopes.Of("evt_file", receiver.Url()));
        var other = _harness.Write("other.json", Envelopes.Of("evt_file", receiver.Url(), data: "2"));

        (await _harness.RunAsync("send", same)).ExitCode.ShouldBe(0);
        var again = await _harness.RunAsync("send", same, "--json");
        var conflict = await _harness.RunAsync("send", other, "--json");

        again.ExitCode.ShouldBe(0, again.Everything());
        again.JsonLines()[0].Text("outcome").ShouldBe("duplicate");
        conflict.ExitCode.ShouldBe(1, conflict.Everything());
        conflict.JsonLines()[0].Text("outcome").ShouldBe("refused");
        conflict.Output.ShouldContain("$.id");
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Requests.ShouldHaveSingleItem();
    }
}
