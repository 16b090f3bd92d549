using System.Text.Json;

namespace Posthorn.Benchmarks.Measuring;

/// <summary>Envelopes as a producer would write them.</summary>
internal static class Mail
{
    private const int UsualBytes = 1024;

    /// <summary>An envelope that is like most.</summary>
    public static string Of(string id, Uri url) => Of(id, url, Payload(id, UsualBytes));

    /// <summary>An envelope.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="url">Where it goes.</param>
    /// <param name="data">Its payload as JSON.</param>
    /// <param name="profile">Its profile.</param>
    /// <param name="credential">More fields of the destination as JSON, after a comma.</param>
    /// <param name="type">Its event type.</param>
    /// <param name="more">More fields of the envelope as JSON, after a comma.</param>
    public static string Of(string id, Uri url, string data, string profile = "standard", string? credential = null, string type = "bench.happened", string? more = null) =>
        $$"""
        {"id":"{{id}}","type":"{{type}}","profile":"{{profile}}"{{more}},"destination":{"url":{{JsonSerializer.Serialize(url.OriginalString)}}{{credential}}},"data":{{data}}}
        """;

    /// <summary>A payload of this many bytes.</summary>
    public static string Payload(string id, int bytes) => $$"""{"n":"{{id}}","pad":"{{new string('x', Math.Max(0, bytes - id.Length - 16))}}"}""";
}
