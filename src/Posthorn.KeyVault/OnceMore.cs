using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Posthorn.KeyVault;

/// <summary>Asks once more after a fault of the moment; who says when to come again is not asked before.</summary>
internal sealed class OnceMore(TimeSpan pause) : RetryPolicy(maxRetries: 1, DelayStrategy.CreateFixedDelayStrategy(pause))
{
    /// <summary>How long an answer asks to be left alone; null when it does not say.</summary>
    public static TimeSpan? HintOf(Response? answer) =>
        answer is not null && answer.Headers.TryGetValue("Retry-After", out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <inheritdoc/>
    protected override bool ShouldRetry(HttpMessage message, Exception? exception) => !IsSentAway(message) && base.ShouldRetry(message, exception);

    /// <inheritdoc/>
    protected override ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) => IsSentAway(message) ? new(false) : base.ShouldRetryAsync(message, exception);

    private static bool IsSentAway(HttpMessage message) => message.HasResponse && (message.Response.Status == 429 || HintOf(message.Response) is not null);
}
