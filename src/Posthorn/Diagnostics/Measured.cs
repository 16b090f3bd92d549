using System.Diagnostics;
using System.Runtime.InteropServices;
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
        var (started, failed) = (Stopwatch.GetTimestamp(), (Exception?)null);
        try
        {
            return await call();
        }
        catch (Exception failure)
        {
            PosthornSpans.Failed(span, failed = failure);
            throw;
        }
        finally
        {
            Ended(operation, started, failed);
        }
    }

    /// <summary>A call to the queue ended.</summary>
    public static void Ended(string operation, long started, Exception? failure)
    {
        var tags = Of(operation);
        if (failure is not null) tags.Add("error.type", failure.GetType().FullName);
        PosthornMeter.OperationDuration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
    }

    /// <summary>The labels of a call to the queue.</summary>
    public static TagList Of(string operation) => new()
    {
        { "messaging.system", PosthornSpans.SystemName }, { "messaging.destination.name", PosthornSpans.Destination }, { "messaging.operation.name", operation },
    };
}

/// <summary>One attempt, from now until it is disposed of.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct Attempting(Envelope envelope, int number) : IDisposable
{
    private readonly Activity? _span = PosthornSpans.Attempt(envelope, number);

    /// <summary>It ended with a result.</summary>
    public void Met(SendResult result)
    {
        PosthornSpans.Met(_span, result);
        DeliveryMetrics.Attempted(envelope, result);
    }

    public void Dispose() => _span?.Dispose();
}

/// <summary>One settling, from now until it is disposed of.</summary>
internal sealed class Settling(Verdict verdict) : IDisposable
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Activity? _span = PosthornSpans.Settle(verdict);
    private Exception? _failure;

    /// <summary>It failed.</summary>
    public void Failed(Exception failure) => PosthornSpans.Failed(_span, _failure = failure);

    public void Dispose()
    {
        Measured.Ended("settle", _started, _failure);
        _span?.Dispose();
    }
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
