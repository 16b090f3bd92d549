using System.Net;
using System.Text;
using System.Text.Json;
using Posthorn.Signing;

namespace Posthorn.Tests.Signing;

/// <summary>A receiver may echo what it was sent, in whatever way it writes things down; no credential survives that.</summary>
public class RedactionTests
{
    private const string Secret = "TOP\"SECRET+/&<é> value'1";
    private static readonly Uri Url = new("https://example.com/hook?token=in-the-query");

    private static readonly Credentials Proof = new(
        [new SigningSecret(Secret)], new SigningSecret("bearer-token-1"), new Dictionary<string, string> { ["X-Api-Key"] = "key-of-the-header" });

    public static TheoryData<string> Echoes { get; } =
    [
        Secret,
        JsonSerializer.Serialize(Secret),
        JsonSerializer.Serialize(Secret).Replace("/", "\\/", StringComparison.Ordinal),
        Uri.EscapeDataString(Secret),
        WebUtility.UrlEncode(Secret),
        WebUtility.HtmlEncode(Secret),
        Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)),
    ];

    [Theory]
    [MemberData(nameof(Echoes))]
    public void Fault_69_an_echoed_secret_is_taken_out_however_it_is_written(string echo) =>
        Proof.Redact($"before {echo} after", Url).Replace("\"", "", StringComparison.Ordinal).ShouldBe("before *** after");

    [Theory]
    [InlineData("bearer-token-1")]
    [InlineData("key-of-the-header")]
    [InlineData("token=in-the-query")]
    public void Fault_69_tokens_headers_and_the_query_are_taken_out(string echo) => Proof.Redact($"before {echo} after", Url).ShouldBe("before *** after");

    [Fact]
    public void Fault_69_a_secret_that_the_end_cuts_is_taken_out() => Proof.Redact("before " + Secret[..10], Url).ShouldBe("before ***");

    [Fact]
    public void Other_text_stays() => Proof.Redact("Internal Server Error", Url).ShouldBe("Internal Server Error");
}
