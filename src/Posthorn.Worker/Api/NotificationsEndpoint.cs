using Microsoft.AspNetCore.Http.Features;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.Worker.Api;

/// <summary><c>POST /api/notifications</c>: one envelope, an array (all or nothing), or a stream of lines.</summary>
public sealed class NotificationsEndpoint(EnvelopeIntake intake, IDeliveryQueue queue)
{
    /// <summary>The largest JSON request, in bytes: 10 MiB. A stream of lines has no limit but that of each line.</summary>
    public const int MaxBatchBytes = 10 * 1024 * 1024;

    /// <summary>The most envelopes of one array.</summary>
    public const int MaxItems = 50_000;

    private const int MaxFaults = 1000;

    /// <summary>The most that is read, in bytes, of a request that is too large; beyond it the connection is cut.</summary>
    public const int MaxDrainedBytes = 10 * MaxBatchBytes;

    /// <summary>Answers 202 after every envelope is durable, or names every fault.</summary>
    public async Task<IResult> PostAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        var mediaType = http.Request.ContentType?.Split(';')[0].Trim() ?? "";
        if (mediaType.Equals("application/x-ndjson", StringComparison.OrdinalIgnoreCase))
        {
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
            return await new NotificationStream(intake, queue).ReadAsync(http.Request.BodyReader, http.RequestAborted);
        }

        // A browser sends other types across origins without asking; JSON it asks for first, and is not answered.
        if (!mediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            return Problem.Of(StatusCodes.Status415UnsupportedMediaType, "Send Content-Type: application/json, or application/x-ndjson for a stream of lines.");
        return await ReadAllAsync(http) is { } json
            ? await AcceptAsync(json, http.RequestAborted)
            : Problem.Of(StatusCodes.Status413PayloadTooLarge, $"A request has at most {MaxBatchBytes} bytes; send a stream of lines (application/x-ndjson) instead.");
    }

    /// <summary>The whole body; null when it is too large. That is read to its end too, as a client that still writes would not see the answer.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadAllAsync(HttpContext http)
    {
        using var buffer = new MemoryStream((int)Math.Clamp(http.Request.ContentLength ?? 4096, 0, MaxBatchBytes));
        var body = http.Request.BodyReader;
        var isTooLarge = false;
        for (var isOver = false; !isOver;)
        {
            var read = await body.ReadAsync(http.RequestAborted);
            isTooLarge |= buffer.Length + read.Buffer.Length > MaxBatchBytes;
            if (!isTooLarge)
                foreach (var piece in read.Buffer) buffer.Write(piece.Span);
            isOver = read.IsCompleted;
            body.AdvanceTo(read.Buffer.End);
        }

        if (isTooLarge) return null;
        return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
    }

    private async Task<IResult> AcceptAsync(ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        var isArray = JsonItems.IsArray(json.Span);
        var items = isArray ? JsonItems.Split(json) : [json];
        if (items is null) return Problem.Of(StatusCodes.Status400BadRequest, "Nothing of this request was accepted.", [new Fault("$", "is not a valid JSON array")]);
        if (items.Count > MaxItems) return Problem.Of(StatusCodes.Status413PayloadTooLarge, $"An array has at most {MaxItems} envelopes; send a stream of lines (application/x-ndjson) instead.");
        if (items.Count == 0) return AcceptedAnswer.Result([], 0);

        var read = items.ConvertAll(intake.Read);
        var errors = read.SelectMany((result, i) => result.Errors.Select(error => (Root: RootOf(i, isArray), Error: error))).Take(MaxFaults).ToList();
        if (errors.Count > 0) return Refuse([.. errors.Select(each => Fault.Of(each.Error, each.Root))], errors.TrueForAll(each => each.Error.Reason == DeadLetterReason.PayloadTooLarge));

        var messages = read.Select(result => result.Message).OfType<QueueMessage>().ToList();
        var outcomes = await queue.EnqueueAsync(messages, cancellationToken);
        var conflicts = messages.Index().Where(each => outcomes[each.Index] == EnqueueOutcome.Conflict).Select(each => Conflict(each.Item.MessageId, RootOf(each.Index, isArray))).ToList();
        return conflicts.Count > 0
            ? Problem.Of(StatusCodes.Status409Conflict, "Nothing of this request was accepted.", conflicts)
            : AcceptedAnswer.Result([.. messages.Select(message => message.MessageId)], outcomes.Count(outcome => outcome == EnqueueOutcome.Duplicate));
    }

    internal static Fault Conflict(string id, string root) => new($"{root}.id", $"'{id}' was accepted before with another body");

    private static Problem Refuse(List<Fault> faults, bool allTooLarge) => allTooLarge
        ? Problem.Of(StatusCodes.Status413PayloadTooLarge, $"An envelope has at most {EnvelopeV1.MaxBytes} bytes. Nothing of this request was accepted.", faults)
        : Problem.Of(StatusCodes.Status400BadRequest, "Nothing of this request was accepted.", faults);

    private static string RootOf(int index, bool isArray) => isArray ? $"$[{index}]" : "$";
}
