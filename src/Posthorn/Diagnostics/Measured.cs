using System.Diagnostics;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Sending;

namespace Posthorn.Diagnostics;

/// <summary>Work that is measured, in a span of its own.</summary>
internal static class Measured
{
    /// <summary>One call to the queue.</summary>
    public static async Task<T> CallAsync<T>(string operation, Activity? span, Func<Task<T>> call)
    {
        var started = Stopwatch.GetTimestamp();
        var tags = Of(operation);
        try
        {
            return await call();
        }
        catch (Exception failure)
        {
            tags.Add("error.type", failure.GetType().FullName);
            PosthornSpans.Failed(span, failure);
            throw;
        }
        finally
        {
            PosthornMeter.OperationDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
        }
    }

    /// <summary>One attempt.</summary>
    public static async Task<SendResult> AttemptAsync(Envelope envelope, int number, Func<Task<SendResult>> send)
    {
        using var span = PosthornSpans.Attempt(envelope, number);
        var result = await send();
        PosthornSpans.Met(span, result);
        DeliveryMetrics.Attempted(envelope, result);
        return result;
    }

    /// <summary>One settling.</summary>
    public static async Task SettleAsync(Verdict verdict, Func<Task> settle)
    {
        using var span = PosthornSpans.Settle(verdict);
        await CallAsync("settle", span, async () =>
        {
            await settle();
            return true;
        });
    }

    /// <summary>The labels of a call to the queue.</summary>
    public static TagList Of(string operation) => new()
    {
        { "messaging.system", PosthornSpans.SystemName }, { "messaging.destination.name", PosthornSpans.Destination }, { "messaging.operation.name", operation },
    };
}

/// <summary>The processing of one leased message, from now until it is disposed of.</summary>
internal sealed class Processing(ILease lease) : IDisposable
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Activity? _span = PosthornSpans.Process(lease);
    private Exception? _failure;

    /// <summary>It ended without an outcome.</summary>
    public void Failed(Exception failure) => PosthornSpans.Failed(_span, _failure = failure);

    public void Dispose()
    {
        var tags = Measured.Of("process");
        if (_failure is not null) tags.Add("error.type", _failure.GetType().FullName);
        PosthornMeter.ProcessDuration.Record(Stopwatch.GetElapsedTime(_started).TotalSeconds, tags);
        _span?.Dispose();
    }
}
