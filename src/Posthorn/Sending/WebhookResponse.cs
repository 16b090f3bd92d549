using System.Buffers;
using System.Text;

namespace Posthorn.Sending;

/// <summary>What is kept of an answer.</summary>
internal static class WebhookResponse
{
    /// <summary>The most that is read of a body.</summary>
    public const int MaxBytes = 16 * 1024;

    private const int MaxExtract = 256;

    /// <summary>
    /// Reads the body up to <see cref="MaxBytes"/> as one printable line. The status has decided already, so a body that drips,
    /// breaks off or never ends changes nothing.
    /// </summary>
    /// <exception cref="HttpIOException">The body breaks the rules of HTTP: then what came before it is not to be trusted either.</exception>
    public static async Task<string?> ReadLineAsync(HttpResponseMessage response, CancellationToken deadline)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxBytes);
        try
        {
            return Printable(buffer.AsSpan(0, await ReadAsync(response, buffer.AsMemory(0, MaxBytes), deadline)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Whether an answer says its length in two ways: where it ends is then a matter of opinion, and so is what comes after it on
    /// the same connection (RFC 9112, section 6.3).
    /// </summary>
    public static bool HasTwoLengths(HttpResponseMessage response) =>
        response.Headers.NonValidated.Contains("Transfer-Encoding") && response.Content.Headers.NonValidated.Contains("Content-Length");

    private static async Task<int> ReadAsync(HttpResponseMessage response, Memory<byte> buffer, CancellationToken deadline)
    {
        var length = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(deadline);
            while (length < buffer.Length && await body.ReadAsync(buffer[length..], deadline) is > 0 and var read) length += read;
        }
        catch (Exception broken) when (broken is (IOException or HttpRequestException or OperationCanceledException or InvalidOperationException)
            and not HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse })
        {
            // What came until then is the extract.
        }

        return length;
    }

    /// <summary>The beginning of a line, short enough to travel with the message.</summary>
    public static string Extract(string line) => line.Length <= MaxExtract ? line : string.Concat(line.AsSpan(0, MaxExtract), "…");

    /// <summary>One line of printable characters; null when nothing is left.</summary>
    internal static string? Printable(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return null;
        var text = new StringBuilder(bytes.Length);
        foreach (var rune in Encoding.UTF8.GetString(bytes).EnumerateRunes())
        {
            var shown = Rune.IsControl(rune) || Rune.IsWhiteSpace(rune) ? new Rune(' ') : rune;
            if (shown.Value != ' ' || (text.Length > 0 && text[^1] != ' ')) text.Append(shown);
        }

        var line = text.ToString().Trim();
        return line.Length == 0 ? null : line;
    }
}
