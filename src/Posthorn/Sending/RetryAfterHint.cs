namespace Posthorn.Sending;

/// <summary>The wait that an answer asks for (RFC 9110, section 10.2.3).</summary>
public static class RetryAfterHint
{
    /// <summary>The wait: seconds or a date. What is neither, or past, is none.</summary>
    public static TimeSpan? Of(HttpResponseMessage response, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(response);
        var asked = response.Headers.RetryAfter;
        var wait = asked?.Delta ?? asked?.Date - now;
        return wait > TimeSpan.Zero ? wait : null;
    }
}
