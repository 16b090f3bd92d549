using System.Diagnostics;
using System.Text;

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

    public TimeSpan Since(Received earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return Stopwatch.GetElapsedTime(earlier.At, At);
    }
}
