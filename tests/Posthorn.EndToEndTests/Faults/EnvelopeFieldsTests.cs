using System.Net;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Fields that are missing, of another type, or hold what they may not.</summary>
public sealed class EnvelopeFieldsTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private const string Destination = "\"destination\":{\"url\":\"http://127.0.0.1:9/hook\"}";
    private static readonly Uri Nowhere = new("http://127.0.0.1:9/hook");
    private readonly Harness _harness = running.Harness;

    public static TheoryData<string> HeaderValues => ["a\\r\\nEvil: 1", "a\\nEvil: 1", "a\\rEvil: 1", "a\\u0000Evil", "a\\u0001", "a\\u007f", "ü", " a", "a\\t"];

    [Fact]
    public async Task Fault_43_44_49_every_fault_is_named_by_its_path_in_one_answer()
    {
        const string Faulty = """{"id":"a b","type":7,"profile":"nobody","time":"yesterday","tenant":"","extra":1,"destination":{"url":"ftp://x","headers":{"X-A":"a\r\nEvil: 1","Host":"h","b c":"d"},"secret":""}}""";

        var answer = await _harness.CallAsync("POST /api/notifications", Faulty);

        answer.ShouldBeProblem(HttpStatusCode.BadRequest);
        foreach (var path in new[] { "$.id", "$.type", "$.profile", "$.time", "$.tenant", "$.extra", "$.data", "$.destination.url", "$.destination.secret", "$.destination.headers.X-A", "$.destination.headers.Host", "$.destination.headers.b c" })
            answer.Paths.ShouldContain(path);
    }

    [Fact]
    public Task Fault_43_a_field_that_is_missing_or_of_another_type_is_named_by_its_path() => _harness.ShouldBeRefusedAsync(
        new($$"""{ {{Destination}},"data":1}""", "$.type"),
        new("""{"type":"t","data":1}""", "$.destination.url"),
        new($$"""{"type":"t",{{Destination}}}""", "$.data"),
        new($$"""{"type":"t",{{Destination}},"data":null}""", "$.data"),
        new($$"""{"type":7,{{Destination}},"data":1}""", "$.type"),
        new($$"""{"type":"a\tb",{{Destination}},"data":1}""", "$.type"),
        new("""{"type":"t","destination":"http://127.0.0.1:9/hook","data":1}""", "$.destination"),
        new("""{"type":"t","destination":{"url":["http://127.0.0.1:9/"]},"data":1}""", "$.destination.url"),
        new("""{"type":"t","destination":{"url":"http://127.0.0.1:9/","headers":[]},"data":1}""", "$.destination.headers"),
        new("""{"type":"t","destination":{"url":"http://127.0.0.1:9/","headers":{"X-A":1}},"data":1}""", "$.destination.headers.X-A"),
        new("""{"type":"t","destination":{"url":"http://127.0.0.1:9/","secret":7},"data":1}""", "$.destination.secret"),
        new("""{"type":"t","destination":{"url":"http://127.0.0.1:9/","secret_ref":"vault:x"},"data":1}""", "$.destination.secret_ref"),
        new("""{"type":"t","destination":{"url":"http://127.0.0.1:9/","port":1},"data":1}""", "$.destination.port"),
        new($$"""{"type":"t",{{Destination}},"data":1,"extra":1}""", "$.extra"),
        new($$"""{"type":"t",{{Destination}},"data_base64":"***","content_type":"text/plain"}""", "$.data_base64"),
        new($$"""{"type":"t",{{Destination}},"data_base64":"AAAA"}""", "$.content_type"),
        new($$"""{"id":"a b","type":"t",{{Destination}},"data":1}""", "$.id"),
        new($$"""{"type":"t","time":"2026-01-01","{{Destination[1..]}},"data":1}""", "$.time"),
        new($$"""{"type":"t","tenant":"","{{Destination[1..]}},"data":1}""", "$.tenant"),
        new($$"""{"type":"t","deliver_after":"2099-01-02T00:00:00Z","expires_at":"2099-01-01T00:00:00Z",{{Destination}},"data":1}""", "$.expires_at"));

    [Fact]
    public Task Fault_44_a_profile_that_nobody_knows_is_refused() => _harness.ShouldBeRefusedAsync(
        new BadEnvelope(Envelopes.Of("evt_p1", Nowhere, "nobody"), "$.profile", "UnknownProfile"),
        new BadEnvelope(Envelopes.Of("evt_p2", Nowhere, ""), "$.profile", "UnknownProfile"),
        new BadEnvelope(Envelopes.Of("evt_p3", Nowhere, "Standard "), "$.profile", "UnknownProfile"));

    [Theory]
    [MemberData(nameof(HeaderValues))]
    public Task Fault_49_a_header_value_that_could_become_another_header_is_refused(string value) =>
        _harness.ShouldBeRefusedAsync(WithHeaders($$"""{"X-A":"{{value}}"}""", "$.destination.headers.X-A"));

    [Fact]
    public Task Fault_49_a_header_that_is_not_an_envelope_s_to_set_is_refused() => _harness.ShouldBeRefusedAsync(
        new[] { "Host", "Transfer-Encoding", "Content-Length", "content-type", "Connection", "Upgrade", "Proxy-Authorization", "webhook-signature", "webhook-id", "User-Agent", "X A", "X:A", "X\\r\\nA", "\\u0000" }
            .Select(name => WithHeaders($$"""{"{{name}}":"1"}""", "$.destination.headers"))
            .Append(WithHeaders("""{"":"1"}""", "$.destination.headers")));

    [Fact]
    public Task Fault_49_headers_beyond_all_measure_are_refused() => _harness.ShouldBeRefusedAsync(
        WithHeaders($$"""{"X-A":"{{new string('a', 16 * 1024)}}"}""", "$.destination.headers"),
        WithHeaders($$"""{"{{new string('a', 16 * 1024)}}":"1"}""", "$.destination.headers"),
        WithHeaders($"{{{string.Join(',', Enumerable.Range(0, 51).Select(n => $"\"X-{n}\":\"1\""))}}}", "$.destination.headers"));

    private static BadEnvelope WithHeaders(string headers, string path) => new(Envelopes.Of("evt_h", Nowhere, destination: $"\"headers\":{headers}"), path, "InvalidHeader");
}
