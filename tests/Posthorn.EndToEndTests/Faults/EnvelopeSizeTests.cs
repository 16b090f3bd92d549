using System.Net;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>What is larger than an envelope may be, and texts of strangers that have no end.</summary>
public sealed class EnvelopeSizeTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private const int MaxDescription = 4096;
    private const int MaxDetail = 300;
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/hook");
    private readonly Harness _harness = running.Harness;

    [Fact]
    public Task Fault_50_what_is_larger_than_an_envelope_may_be_is_413_and_PayloadTooLarge() => _harness.ShouldBeRefusedAsync(
        new BadEnvelope(Of("evt_big", 1024 * 1024), "$", "PayloadTooLarge", HttpStatusCode.RequestEntityTooLarge),
        new BadEnvelope(new string(' ', 1024 * 1024) + Of("evt_padded", 1), "$", "PayloadTooLarge", HttpStatusCode.RequestEntityTooLarge));

    [Fact]
    public async Task Fault_50_a_composed_body_beyond_the_limit_is_PayloadTooLarge()
    {
        var letter = await _harness.BuryAsync(EnvelopeMessages.Composed("evt_composed_big", Nowhere, new byte[(1024 * 1024) + 4096 + 1]));

        letter.Text("reason").ShouldBe("PayloadTooLarge");
        letter.Text("description").ShouldContain("bytes");
    }

    [Fact]
    public async Task Fault_50_an_array_and_a_line_beyond_the_limits_are_413_and_the_largest_envelope_arrives()
    {
        await using var receiver = new RawReceiver();
        var largest = Envelopes.Of("evt_largest", receiver.Url(), data: $"\"{new string('x', 1_048_000)}\"");

        (await _harness.CallAsync("POST /api/notifications", $"[{string.Join(',', Enumerable.Range(0, 11).Select(n => Of($"evt_{n}", 1_000_000)))}]")).ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge);
        (await _harness.CallAsync("POST /api/notifications", Of("evt_line", 1024 * 1024), contentType: "application/x-ndjson")).ShouldBeProblem(HttpStatusCode.RequestEntityTooLarge);
        await _harness.AcceptAsync(largest);

        await Harness.UntilAsync(() => receiver.Requests.Count == 1, "the largest arrives", _harness.DescribeProcesses);
        receiver.Requests[0].Body.Length.ShouldBe(1_048_002);
    }

    [Fact]
    public async Task Fault_54_an_error_text_without_end_is_cut()
    {
        await using var receiver = new RawReceiver(_ => 410, _ => "begin " + new string('x', 10 * 1024 * 1024));
        await _harness.AcceptAsync(Envelopes.Of("evt_talkative", receiver.Url()));

        await Harness.UntilAsync(async () => (await _harness.CallAsync("GET /api/dead-letters/evt_talkative")).Status == HttpStatusCode.OK, "it is dead", _harness.DescribeProcesses);
        var letter = (await _harness.CallAsync("GET /api/dead-letters/evt_talkative")).Json;

        letter.Text("reason").ShouldBe("EndpointGone");
        letter.Text("description").ShouldStartWith("HTTP 410: begin xxx");
        letter.Text("description").Length.ShouldBeLessThanOrEqualTo(MaxDescription);
        letter.Items("history").ShouldHaveSingleItem().Text("detail").Length.ShouldBeLessThanOrEqualTo(MaxDetail);
    }

    [Fact]
    public async Task Fault_54_an_envelope_with_faults_without_end_gets_a_short_answer_and_a_short_description()
    {
        var faulty = $$"""{"type":"t","destination":{"url":"http://127.0.0.1:9/"},"data":1{{string.Concat(Enumerable.Range(0, 50_000).Select(n => $",\"unknown_{n}\":1"))}}}""";

        var answer = (await _harness.CallAsync("POST /api/notifications", faulty)).ShouldBeProblem(HttpStatusCode.BadRequest);
        var letter = await _harness.BuryAsync(EnvelopeMessages.Plain("message-faulty", faulty));

        answer.Text.Length.ShouldBeLessThan(100_000);
        letter.Text("reason").ShouldBe("MalformedEnvelope");
        letter.Text("description").Length.ShouldBeInRange(100, MaxDescription);
    }

    private static string Of(string id, int length) => Envelopes.Of(id, Nowhere, data: $"\"{new string('x', length)}\"");
}
