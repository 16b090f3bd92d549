using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Signing;

namespace Posthorn.Sending;

/// <summary>Sends one attempt and says what happened. Exceptions become results here and nowhere else.</summary>
public sealed class WebhookSender(HttpMessageInvoker http, CredentialResolver credentials, NetworkPolicy network, TimeProvider clock)
{
    /// <summary>Sends: 1. open and judge, 2. sign, 3. exchange within one deadline, 4. read a little of the answer.</summary>
    /// <exception cref="OperationCanceledException">The worker stops: whether the receiver got it is not known.</exception>
    public async Task<SendResult> SendAsync(Envelope envelope, int attempt, CancellationToken stopping) => (await AskAsync(envelope, attempt, stopping)).Result;

    /// <summary>As <see cref="SendAsync"/>, with the answer's body as one printable line of at most 16 KiB; null without a body.</summary>
    public async Task<(SendResult Result, string? Line)> AskAsync(Envelope envelope, int attempt, CancellationToken stopping)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        var exchange = new Exchange(clock);
        using var over = new CancellationTokenSource(envelope.Profile.Timeout, clock);
        using var stop = stopping.UnsafeRegister(static over => ((CancellationTokenSource?)over)?.Cancel(), over);
        try
        {
            return await TryAsync(envelope, attempt, exchange, over.Token, stopping);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && (!stopping.IsCancellationRequested || exchange.HasTaken(envelope.Profile.Timeout)))
        {
            return (exchange.Failed(SendError.Timeout, $"no answer within {envelope.Profile.Timeout:c}"), null);
        }
        catch (Exception broken) when (broken is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            return (Explain(broken, exchange), null);
        }
    }

    private async Task<(SendResult Result, string? Line)> TryAsync(Envelope envelope, int attempt, Exchange exchange, CancellationToken cancellation, CancellationToken stopping)
    {
        // 1. Open and judge: the configuration may have changed since the envelope was accepted.
        envelope = credentials.Open(envelope);
        if (network.Judge(envelope.Destination.Url) is { } badUrl) return (exchange.Refused(badUrl), null);
        var proof = await ProveAsync(envelope, cancellation, stopping);
        if (WebhookRequest.JudgeHeaders(envelope, proof) is { } badHeader) return (exchange.Refused(badHeader), null);

        // 2. Sign, with this attempt's own timestamp. 3. Exchange. Decided at the headers.
        using var response = await ExchangeAsync(() => WebhookRequest.Compose(envelope, attempt, proof, exchange.StartedAt), cancellation);

        // 4. Read a little; what is said of a success nobody asks.
        var status = (int)response.StatusCode;
        var line = await WebhookResponse.ReadLineAsync(response, cancellation);
        var extract = line is null || envelope.Profile.Success.Contains(status) ? null : WebhookResponse.Extract(proof.Redact(line, envelope.Destination.Url));
        return (exchange.Answered(status, RetryAfterHint.Of(response, clock.GetUtcNow()), extract), line);
    }

    /// <summary>A store that does not answer in time is no fault of the receiver's.</summary>
    private async ValueTask<Credentials> ProveAsync(Envelope envelope, CancellationToken cancellation, CancellationToken stopping)
    {
        try
        {
            return await credentials.ResolveAsync(envelope.Destination, cancellation);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            throw new SecretUnavailableException($"its store did not answer within {envelope.Profile.Timeout:c}");
        }
    }

    private static SendResult Explain(Exception broken, Exchange exchange)
    {
        if (broken is SecretUnavailableException missing) return exchange.Failed(SendError.SecretUnavailable, missing.Message);
        if (broken is InvalidHeaderException bad) return exchange.Refused(new Refusal(DeadLetterReason.InvalidHeader, bad.Message));
        if (SendErrors.Find<BlockedAddressException>(broken) is { } blocked) return exchange.Refused(new Refusal(DeadLetterReason.BlockedAddress, blocked.Message));
        var (error, detail) = SendErrors.Classify(broken);
        return exchange.Failed(error, detail);
    }

    /// <summary>
    /// Sends; once more, in place and within the same attempt, when the connection died before any byte of an answer, as a kept
    /// one does when the receiver closes it at the moment it is used again.
    /// </summary>
    private async Task<HttpResponseMessage> ExchangeAsync(Func<HttpRequestMessage> compose, CancellationToken cancellation)
    {
        var watch = WireStream.Watch();
        HttpResponseMessage response;
        try
        {
            using var request = compose();
            response = await http.SendAsync(request, cancellation);
        }
        catch (HttpRequestException) when (watch.EndedWithoutAnswer && !cancellation.IsCancellationRequested)
        {
            using var again = compose();
            response = await http.SendAsync(again, cancellation);
        }

        if (WebhookResponse.HasTwoLengths(response)) watch.AbandonConnection();
        return response;
    }

    /// <summary>Stamps results with the attempt's begin and duration.</summary>
    private readonly struct Exchange(TimeProvider clock)
    {
        private readonly long _started = clock.GetTimestamp();

        public DateTimeOffset StartedAt { get; } = clock.GetUtcNow();

        private TimeSpan Elapsed => clock.GetElapsedTime(_started);

        public bool HasTaken(TimeSpan time) => Elapsed >= time;

        public SendResult Answered(int status, TimeSpan? retryAfter, string? extract) =>
            new SendResult.Answered(status, retryAfter, extract) { StartedAt = StartedAt, Duration = Elapsed };

        public SendResult Failed(SendError error, string detail) => new SendResult.Failed(error, detail) { StartedAt = StartedAt, Duration = Elapsed };

        public SendResult Refused(Refusal refusal) => new SendResult.Refused(refusal) { StartedAt = StartedAt, Duration = Elapsed };
    }
}
