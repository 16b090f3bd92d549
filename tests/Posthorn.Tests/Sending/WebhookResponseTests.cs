using System.Net;
using System.Text;
using Posthorn.Sending;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Sending;

public class WebhookResponseTests
{
    [Theory]
    [InlineData("120", 120.0)]
    [InlineData("Thu, 21 Mar 2024 15:31:45 GMT", 60.0)]
    [InlineData("Thu, 21 Mar 2024 15:29:45 GMT", null)]
    [InlineData("0", null)]
    [InlineData("-5", null)]
    [InlineData("soon", null)]
    [InlineData("1.5", null)]
    [InlineData("99999999999999999999", null)]
    [InlineData("", null)]
    public void Fault_34_Retry_After_is_seconds_or_a_date_and_junk_is_none(string header, double? seconds)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        response.Headers.TryAddWithoutValidation("Retry-After", header);

        (RetryAfterHint.Of(response, Given.Now)?.TotalSeconds).ShouldBe(seconds);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(" \r\n\t ", null)]
    [InlineData("plain", "plain")]
    [InlineData("two\r\nlines\tand \0more", "two lines and more")]
    [InlineData("\u001b[31mred", "[31mred")]
    public void An_extract_is_one_printable_line(string body, string? extract) => WebhookResponse.Printable(Encoding.UTF8.GetBytes(body)).ShouldBe(extract);

    [Fact]
    public void An_extract_of_bytes_that_are_no_text_does_not_throw() => WebhookResponse.Printable([0xFF, 0xFE, 0xED, 0xA0, 0x80]).ShouldNotBeNull();
}
