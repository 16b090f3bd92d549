using Posthorn.Tests.Support;

namespace Posthorn.Tests.Envelopes;

public class FingerprintTests
{
    private const string First = """{"id":"evt_1","type":"t","data":{"a":1},"destination":{"url":"http://localhost/"}}""";

    [Theory]
    [InlineData("""{"data":{"a":1},"destination":{"url":"http://localhost/"},"type":"t","id":"evt_1"}""")]
    [InlineData("""{ "id":"evt_1", "type":"t", "data": {"a":1} , "destination":{"url":"http://localhost"} }""")]
    [InlineData("""{"id":"evt_1","type":"t","tenant":null,"data":{"a":1},"destination":{"url":"http://localhost/"}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"a":1},"destination":{"url":"http://localhost/","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}""")]
    public void Fault_52_the_same_envelope_again_has_the_same_fingerprint(string again) => Fingerprint(again).ShouldBe(Fingerprint(First));

    [Theory]
    [InlineData("""{"id":"evt_1","type":"t","data":{"a":2},"destination":{"url":"http://localhost/"}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{ "a":1},"destination":{"url":"http://localhost/"}}""")]
    [InlineData("""{"id":"evt_1","type":"u","data":{"a":1},"destination":{"url":"http://localhost/"}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"a":1},"destination":{"url":"http://localhost/other"}}""")]
    [InlineData("""{"id":"evt_1","type":"t","tenant":"x","data":{"a":1},"destination":{"url":"http://localhost/"}}""")]
    [InlineData("""{"id":"evt_1","type":"t","subject":"x","data":{"a":1},"destination":{"url":"http://localhost/"}}""")]
    [InlineData("""{"id":"evt_1","type":"t","data":{"a":1},"destination":{"url":"http://localhost/","headers":{"X-A":"1"}}}""")]
    public void Fault_52_another_envelope_has_another_fingerprint(string other) => Fingerprint(other).ShouldNotBe(Fingerprint(First));

    private static string Fingerprint(string json) => Convert.ToHexString(Given.Read(json).Message.ShouldNotBeNull().Fingerprint.Span);
}
