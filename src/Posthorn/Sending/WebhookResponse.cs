using System.Buffers;
using System.Text;
using Posthorn.Signing;

namespace Posthorn.Sending;

/// <summary>What is kept of an answer.</summary>
internal static class WebhookResponse
{
    /// <summary>The most that is read of a body.</summary>
    public const int MaxBytes = 16 * 1024;

    private const int MaxLooked = 2048;
    private const int MaxExtract = 256;

    /// <summary>
    /// Reads the body up to <see cref="MaxBytes"/> and makes one short printable line of its beginning. The status has decided
    /// already, so a body that drips, breaks off or never ends changes nothing. A receiver may echo what it was sent: the
    /// credentials are taken out.
    /// </summary>
    public static async Task<string?> ExtractAsync(HttpResponseMessage response, Credentials credentials, CancellationToken deadline)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxBytes);
        var length = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(deadline);
            while (length < MaxBytes && await body.ReadAsync(buffer.AsMemory(length, MaxBytes - length), deadline) is > 0 and var read) length += read;
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or OperationCanceledException or InvalidOperationException)
        {
            // What came until then is the extract.
        }

        var line = Printable(buffer.AsSpan(0, Math.Min(length, MaxLooked)));
        ArrayPool<byte>.Shared.Return(buffer);
        if (line is null) return null;
        var clean = credentials.Redact(line);
        return clean.Length <= MaxExtract ? clean : string.Concat(clean.AsSpan(0, MaxExtract), "…");
    }

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

    /// <summary>The wait a receiver asks for: seconds or a date (RFC 9110, section 10.2.3). What is neither, or past, is none.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        var asked = response.Headers.RetryAfter;
        var wait = asked?.Delta ?? asked?.Date - now;
        return wait > TimeSpan.Zero ? wait : null;
    }
}
