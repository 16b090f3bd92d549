using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Posthorn.EndToEndTests;

/// <summary>One request as it came.</summary>
/// <param name="RequestLine">Its first line.</param>
/// <param name="Headers">Its headers, in order and in their own spelling.</param>
/// <param name="Body">Its body.</param>
/// <param name="At">When it was there, on the monotonic clock.</param>
public sealed record Received(string RequestLine, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body, long At)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The headers besides those that HTTP itself needs, in alphabetical order.</summary>
    public IEnumerable<KeyValuePair<string, string>> OwnHeaders =>
        Headers.Where(header => header.Key is not ("Host" or "Content-Type" or "Content-Length")).OrderBy(header => header.Key, StringComparer.Ordinal);

    public string? this[string name] => Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).SingleOrDefault();

    /// <summary>Reads a request to its end.</summary>
    public static async Task<Received> ReadAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        var headers = http.Request.Headers.SelectMany(header => header.Value.Select(value => KeyValuePair.Create(header.Key, value ?? ""))).ToList();
        var line = $"{http.Request.Method} {http.Request.Path}{http.Request.QueryString} {http.Request.Protocol}";
        return new Received(line, headers, body.ToArray(), Stopwatch.GetTimestamp());
    }

    public TimeSpan Since(Received earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return Stopwatch.GetElapsedTime(earlier.At, At);
    }
}
