using System.Text.Json;

namespace Posthorn.Benchmarks.Measuring;

/// <summary>Envelopes as a producer would write them.</summary>
internal static class Mail
{
    public static string Of(string id, Uri url, string data, string profile = "standard", string? credential = null) =>
        $$"""
        {"id":"{{id}}","type":"bench.happened","profile":"{{profile}}","destination":{"url":{{JsonSerializer.Serialize(url.OriginalString)}}{{credential}}},"data":{{data}}}
        """;

    /// <summary>A payload of this many bytes.</summary>
    public static string Payload(string id, int bytes) => $$"""{"n":"{{id}}","pad":"{{new string('x', Math.Max(0, bytes - id.Length - 16))}}"}""";
}
