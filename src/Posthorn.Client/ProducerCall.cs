using System.Diagnostics;
using System.Globalization;

namespace Posthorn.Client;

/// <summary>The name by which a tracer listens to this library.</summary>
public static class PosthornActivities
{
    /// <summary>The activity source: one producer span a call, named and tagged after OpenTelemetry's conventions for messaging.</summary>
    public const string SourceName = "Posthorn.Client";

    internal static ActivitySource Source { get; } = new(SourceName);
}

/// <summary>One kind of call, and its span.</summary>
/// <param name="Operation">What is done, in the span's name.</param>
/// <param name="Destination">What it is done to: the last part of the API's path.</param>
internal sealed record ProducerCall(string Operation, string Destination)
{
    public static readonly ProducerCall Enqueue = new("enqueue", "notifications");
    public static readonly ProducerCall Publish = new("publish", "events");

    /// <summary>Does the work of a call with one message in a span of its own.</summary>
    public Task TraceAsync(string id, Uri? server, Func<Task> work) => TraceAsync(("messaging.message.id", id), server, work);

    /// <summary>Does the work of a call with a batch in a span of its own.</summary>
    public Task TraceAsync(int batchSize, Uri? server, Func<Task> work) => TraceAsync(("messaging.batch.message_count", batchSize), server, work);

    private async Task TraceAsync((string Key, object Value) subject, Uri? server, Func<Task> work)
    {
        using var activity = PosthornActivities.Source.StartActivity($"{Operation} {Destination}", ActivityKind.Producer);
        activity?.SetTag("messaging.system", "posthorn")
            .SetTag("messaging.operation.name", Operation)
            .SetTag("messaging.operation.type", "send")
            .SetTag("messaging.destination.name", Destination)
            .SetTag(subject.Key, subject.Value)
            .SetTag("server.address", server?.Host)
            .SetTag("server.port", server?.Port);
        try
        {
            await work();
        }
        catch (Exception failure)
        {
            activity?.SetStatus(ActivityStatusCode.Error, failure.Message).SetTag("error.type", KindOf(failure));
            throw;
        }
    }

    private static string? KindOf(Exception failure) =>
        failure is PosthornRejectedException { Status: var status } ? ((int)status).ToString(CultureInfo.InvariantCulture) : failure.GetType().FullName;
}
