using System.Text.Json;

namespace Posthorn.EndToEndTests;

/// <summary>Envelopes as a producer would write them.</summary>
internal static class Envelopes
{
    public static string Of(string id, Uri url, string profile = "standard", string? destination = null, string? data = null) =>
        $$"""
        {"id":"{{id}}","type":"test.happened","profile":"{{profile}}","destination":{"url":{{JsonSerializer.Serialize(url.OriginalString)}}{{(destination is null ? "" : "," + destination)}}},"data":{{data ?? $$"""{"n":"{{id}}"}"""}}}
        """;

    public static IReadOnlyList<string> Ids(string prefix, int count) => [.. Enumerable.Range(1, count).Select(n => $"{prefix}_{n}")];

    public static string Lines(IEnumerable<string> ids, Uri url) => string.Join('\n', ids.Select(id => Of(id, url))) + "\n";
}
