using System.Text;
using Posthorn.Envelopes;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Envelopes;

public class EnvelopeDataTests
{
    [Theory]
    [InlineData("{ \"b\" : 1 ,\t\"a\":[ ] }")]
    [InlineData("{\"a\":1.0,\"b\":1e2,\"c\":-0.0,\"d\":12345678901234567890123}")]
    [InlineData("\"\\u00e9\\/\\u003c é <\"")]
    [InlineData("\"\\ud83d\\ude00 😀\"")]
    [InlineData("[\r\n  null,\r\n  true\r\n]")]
    [InlineData("0")]
    [InlineData("false")]
    public void The_data_is_kept_byte_for_byte(string data)
    {
        var message = Given.Read($$$"""{"type":"t","data": {{{data}}} ,"destination":{"url":"http://localhost/"}}""").Message.ShouldNotBeNull();

        Encoding.UTF8.GetString(message.Body.Span).ShouldBe(data);
    }

    [Theory]
    [InlineData("{ \"b\" : 1 }")]
    [InlineData("\"\\u00e9\\/ é\"")]
    public void A_wrapping_body_holds_the_data_byte_for_byte(string data)
    {
        var json = $$$"""{"type":"task_started","profile":"morag-task","time":"2024-01-01T10:00:00Z","data":{{{data}}},"destination":{"url":"http://localhost/"}}""";

        Encoding.UTF8.GetString(Given.Read(json).Message.ShouldNotBeNull().Body.Span)
            .ShouldBe($$"""{"event_type":"task_started","timestamp":"2024-01-01T10:00:00Z","data":{{data}}}""");
    }

    [Fact]
    public void Data_in_base64_is_sent_decoded_with_its_content_type()
    {
        var message = Given.Read(Binary("\"AAEC/w==\",\"content_type\":\"application/octet-stream\"")).Message.ShouldNotBeNull();

        message.Body.ToArray().ShouldBe([0, 1, 2, 255]);
        message.ContentType.ShouldBe("application/octet-stream");
    }

    [Theory]
    [InlineData("\"AAEC\"", "$.content_type")]
    [InlineData("\"%%%\",\"content_type\":\"text/plain\"", "$.data_base64")]
    [InlineData("7,\"content_type\":\"text/plain\"", "$.data_base64")]
    [InlineData("\"AAEC\",\"content_type\":\"text/plain\",\"data\":1", "$.data_base64")]
    [InlineData("\"AAEC\",\"content_type\":\"text/plain\",\"profile\":\"proposal\"", "$.data_base64")]
    [InlineData("\"AAEC\",\"content_type\":\"text\"", "$.content_type")]
    [InlineData("\"AAEC\",\"content_type\":\"a/b c\"", "$.content_type")]
    [InlineData("\"AAEC\",\"content_type\":\"text/\"", "$.content_type")]
    [InlineData("\"AAEC\",\"content_type\":\"text/plain;;\"", "$.content_type")]
    [InlineData("\"AAEC\",\"content_type\":\"text/plain\\r\\nEvil: 1\"", "$.content_type")]
    public void Data_in_base64_that_cannot_be_sent_is_refused(string fields, string path) =>
        Given.Read(Binary(fields)).Errors.ShouldHaveSingleItem().Path.ShouldBe(path);

    [Fact]
    public void The_data_may_be_an_empty_object_or_text()
    {
        Given.Read("""{"type":"t","data":{},"destination":{"url":"http://localhost/"}}""").Errors.ShouldBeEmpty();
        Given.Read("""{"type":"t","data":"","destination":{"url":"http://localhost/"}}""").Errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("2024-01-01T00:00:00Z", true)]
    [InlineData("2024-01-01T00:00:00.1234567Z", true)]
    [InlineData("2024-01-01T00:00:00+02:00", true)]
    [InlineData("2024-01-01T00:00:00.5-11:30", true)]
    [InlineData("2024-01-01T00:00:00", false)]
    [InlineData("2024-02-30T00:00:00Z", false)]
    [InlineData("2024-01-01", false)]
    [InlineData("1711035045", false)]
    public void A_time_has_a_date_a_time_and_an_offset(string text, bool accepted) => Rfc3339.TryParse(text, out _).ShouldBe(accepted);

    [Fact]
    public void A_time_with_an_offset_is_kept_as_written()
    {
        var message = Given.Read("""{"type":"t","time":"2024-01-01T12:00:00.5+02:00","data":1,"destination":{"url":"http://localhost/"}}""").Message.ShouldNotBeNull();

        message.Properties[EnvelopeProperties.Time].ShouldBe("2024-01-01T12:00:00.5+02:00");
    }

    private static string Binary(string fields) => $$"""{"type":"t","destination":{"url":"http://localhost/"},"data_base64":{{fields}}}""";
}
