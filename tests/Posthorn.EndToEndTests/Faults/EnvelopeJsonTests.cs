using System.Text;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>What JSON leaves open, and what is none: refused at the API, and on the queue, as one and the same.</summary>
public sealed class EnvelopeJsonTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/hook");
    private readonly Harness _harness = running.Harness;

    [Fact]
    public Task Fault_43_what_is_no_JSON_object_is_refused() => _harness.ShouldBeRefusedAsync(
        new[] { "", " ", "null", "7", "\"text\"", "true", "{", "}", "{\"type\":", "{}{}", "{} x", "{'type':'t'}", "{\"a\":1,}", "\uFEFF{}", "// {}", "\0", "undefined", "<xml/>", new string('{', 1000) }
            .Select(body => new BadEnvelope(body, "$")));

    [Fact]
    public Task Fault_45_a_number_that_no_double_holds_is_refused() => _harness.ShouldBeRefusedAsync(
        Data("NaN", "$.data"),
        Data("-Infinity", "$.data"),
        Data("1e999", "$.data"),
        Data("-1e999", "$.data"),
        Data("{\"n\":[0,1e400]}", "$.data.n[1]"),
        Data("[" + new string('9', 400) + "]", "$.data[0]"),
        Data("01", "$.data"),
        Data("0x10", "$.data"));

    [Fact]
    public async Task Fault_46_a_nesting_over_64_is_refused_and_one_of_64_arrives()
    {
        await using var receiver = new RawReceiver();
        await _harness.ShouldBeRefusedAsync(Data(Nested(64), "$.data"), Data(Nested(100_000), "$.data"), Data(string.Concat(Enumerable.Repeat("{\"a\":", 64)) + "1" + new string('}', 64), "$.data.a"));

        await _harness.AcceptAsync(Envelopes.Of("evt_deep", receiver.Url(), data: Nested(63)));
        await Harness.UntilAsync(() => receiver.Requests.Count == 1, "the deepest arrives", _harness.DescribeProcesses);
        receiver.Requests[0].Text.ShouldBe(Nested(63));
    }

    [Fact]
    public Task Fault_47_text_that_is_no_Unicode_is_refused() => _harness.ShouldBeRefusedAsync(
        Data("\"\\ud800\"", "$.data"),
        Data("\"\\udc00\\ud800\"", "$.data"),
        Data("{\"\\ud800\":1}", "$.data"),
        new BadEnvelope(Envelopes.Of("evt_s", Nowhere, destination: "\"secret\":\"\\ud800\""), "$.destination.secret"),
        new BadEnvelope(Envelopes.Of("evt_s", Nowhere, destination: "\"headers\":{\"X-A\":\"\\udfff\"}"), "$.destination.headers.X-A"),
        NotUtf8(0xFF),
        NotUtf8(0xC0, 0xAF), // '/' in two bytes
        NotUtf8(0xED, 0xA0, 0x80), // half of a surrogate pair
        NotUtf8(0xF4, 0x90, 0x80, 0x80), // beyond U+10FFFF
        NotUtf8(0xE2, 0x82)); // cut

    [Fact]
    public Task Fault_48_a_key_that_occurs_twice_is_refused() => _harness.ShouldBeRefusedAsync(
        new BadEnvelope("""{"type":"t","type":"t","destination":{"url":"http://127.0.0.1:9/"},"data":1}""", "$.type"),
        new BadEnvelope("""{"type":"t","destination":{"url":"http://127.0.0.1:9/","url":"http://localhost:9/"},"data":1}""", "$.destination.url"),
        new BadEnvelope("""{"type":"t","destination":{"url":"http://127.0.0.1:9/"},"data":1,"d\u0061ta":2}""", "$.data"),
        Data("{\"a\":1,\"a\":1}", "$.data.a"),
        Data("[{\"a\":{\"b\":1,\"b\":2}}]", "$.data[0].a.b"));

    private static BadEnvelope Data(string data, string path) => new(Envelopes.Of("evt_json", Nowhere, data: data), path);

    private static BadEnvelope NotUtf8(params byte[] bytes)
    {
        var parts = Envelopes.Of("evt_json", Nowhere, data: "\"|\"").Split('|');
        return new BadEnvelope([.. Encoding.UTF8.GetBytes(parts[0]), .. bytes, .. Encoding.UTF8.GetBytes(parts[1])], "$");
    }

    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);
}
