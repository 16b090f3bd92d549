using System.Diagnostics;
using System.Net.Http.Headers;
using Posthorn.Queues;

namespace Posthorn.Diagnostics;

/// <summary>The W3C trace context that rides with a message, from its producer through every attempt, the dead letter and the replay.</summary>
public static class TraceContext
{
    /// <summary>The property, and the header, of the producer's span.</summary>
    public const string Parent = "traceparent";

    /// <summary>What stands beside it.</summary>
    public const string State = "tracestate";

    /// <summary>Where the SDKs of Azure Service Bus write <see cref="Parent"/>.</summary>
    public const string DiagnosticId = "Diagnostic-Id";

    private const int LongestState = 512; // W3C Trace Context, section 3.3.1.5: what a participant should at least carry.

    /// <summary>The context of a message; null when it has none that can be read, whoever wrote it.</summary>
    public static ActivityContext? Of(QueueMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var properties = message.Properties;
        var parent = properties.GetValueOrDefault(Parent) ?? properties.GetValueOrDefault(DiagnosticId);
        return Read(parent, properties.GetValueOrDefault(State));
    }

    /// <summary>
    /// The context of whoever calls. Of a request that no tracer here listens to, that is the one it came with: a span that nobody
    /// exports must not stand between.
    /// </summary>
    public static ActivityContext? OfCaller() => Activity.Current switch
    {
        null => null,
        { Source.Name: "" } silent => Read(silent.ParentId, silent.TraceStateString),
        var heard => heard.Context,
    };

    /// <summary>The message with a context, unless it has one already: what its producer gave it stays.</summary>
    public static QueueMessage Onto(QueueMessage message, ActivityContext? context)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (context is not { } given || Of(message) is not null) return message;
        var properties = new Dictionary<string, string>(message.Properties, StringComparer.Ordinal) { [Parent] = Text(given) };
        if (given.TraceState is { Length: > 0 } state) properties[State] = state;
        else properties.Remove(State);
        return message with { Properties = properties };
    }

    /// <summary>Tells a receiver the context of an attempt, unless the producer's own headers do.</summary>
    /// <param name="headers">The request's.</param>
    /// <param name="producer">The producer's context, where no tracer listens here.</param>
    public static void Tell(HttpRequestHeaders headers, ActivityContext? producer)
    {
        ArgumentNullException.ThrowIfNull(headers);
        if ((OfCaller() ?? producer) is not { } context || headers.Contains(Parent)) return;
        headers.TryAddWithoutValidation(Parent, Text(context));
        if (context.TraceState is { Length: > 0 } state) headers.TryAddWithoutValidation(State, state);
    }

    /// <summary>A context as the header carries it.</summary>
    public static string Text(ActivityContext context) => $"00-{context.TraceId}-{context.SpanId}-{(context.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? "01" : "00")}";

    private static ActivityContext? Read(string? parent, string? state)
    {
        var isTold = state is { Length: <= LongestState } && !state.AsSpan().ContainsAnyExceptInRange(' ', '~');
        if (parent is null || !ActivityContext.TryParse(parent, isTold ? state : null, isRemote: true, out var context)) return null;
        return context.TraceId == default || context.SpanId == default ? null : context;
    }
}
