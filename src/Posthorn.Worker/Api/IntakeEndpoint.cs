using Posthorn.Access;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.Worker.Api;

/// <summary>Takes what producers send, envelopes or events: one, an array (all or nothing), or a stream of lines.</summary>
/// <param name="noun">What one of it is called: <c>an envelope</c>.</param>
/// <param name="nouns">What several are called.</param>
/// <param name="queue">Where it goes.</param>
public abstract class IntakeEndpoint(string noun, string nouns, IDeliveryQueue queue)
{
    /// <summary>The most items of one array.</summary>
    public const int MaxItems = 50_000;

    private const int MaxFaults = 1000;

    /// <summary>What several are called.</summary>
    public string Nouns => nouns;

    /// <summary>Answers 202 after every item is durable, or names every fault.</summary>
    public async Task<IResult> PostAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (RequestBody.MediaType(http.Request).Equals("application/x-ndjson", StringComparison.OrdinalIgnoreCase))
        {
            RequestBody.Unbind(http);
            return await new IntakeStream(this, queue, http.Caller()).ReadAsync(http.Request.BodyReader, http.RequestAborted);
        }

        var (json, problem) = await RequestBody.ReadJsonAsync(http);
        return problem switch
        {
            null => await AcceptAsync(json, http.Caller(), http.RequestAborted),
            { Status: StatusCodes.Status413PayloadTooLarge } => problem with { Detail = $"A request has at most {RequestBody.MaxBytes} bytes; send a stream of lines (application/x-ndjson) instead." },
            _ => problem with { Detail = "Send Content-Type: application/json, or application/x-ndjson for a stream of lines." },
        };
    }

    /// <summary>Reads one item of a caller.</summary>
    public abstract IntakeResult Read(ReadOnlyMemory<byte> utf8, Caller caller);

    /// <summary>Does what is to be done with items that are durable now.</summary>
    public virtual void Note(IEnumerable<IntakeResult> accepted)
    {
    }

    /// <summary>The status of a refusal; of several, the first in the order of <see cref="IntakeRefusal"/>.</summary>
    internal static int StatusOf(IEnumerable<IntakeResult> refused) => refused.Min(result => result.Refusal) switch
    {
        IntakeRefusal.Malformed => StatusCodes.Status400BadRequest,
        IntakeRefusal.Forbidden => StatusCodes.Status403Forbidden,
        IntakeRefusal.BreaksSchema => StatusCodes.Status422UnprocessableEntity,
        _ => StatusCodes.Status413PayloadTooLarge,
    };

    internal static Fault Conflict(string id, string root) => new($"{root}.id", $"'{id}' was accepted before with another body");

    private async Task<IResult> AcceptAsync(ReadOnlyMemory<byte> json, Caller caller, CancellationToken cancellationToken)
    {
        var isArray = JsonItems.IsArray(json.Span);
        var items = isArray ? JsonItems.Split(json) : [json];
        if (items is null) return Problem.Of(StatusCodes.Status400BadRequest, "Nothing of this request was accepted.", [new Fault("$", "is not a valid JSON array")]);
        if (items.Count > MaxItems) return Problem.Of(StatusCodes.Status413PayloadTooLarge, $"An array has at most {MaxItems} {nouns}; send a stream of lines (application/x-ndjson) instead.");
        if (items.Count == 0) return AcceptedAnswer.Result([], 0);

        var read = items.ConvertAll(item => Read(item, caller));
        var errors = read.SelectMany((result, i) => result.Errors.Select(error => Fault.Of(error, RootOf(i, isArray)))).Take(MaxFaults).ToList();
        if (errors.Count > 0) return Refuse(StatusOf(read.Where(result => result.Message is null)), errors);

        var outcomes = await queue.EnqueueAsync([.. read.Select(result => result.Message).OfType<QueueMessage>()], cancellationToken);
        var conflicts = read.Index().Where(each => outcomes[each.Index] == EnqueueOutcome.Conflict).Select(each => Conflict(each.Item.Id, RootOf(each.Index, isArray))).ToList();
        if (conflicts.Count > 0) return Problem.Of(StatusCodes.Status409Conflict, "Nothing of this request was accepted.", conflicts);
        Note(read);
        return AcceptedAnswer.Result(read.ConvertAll(result => result.Id), outcomes.Count(outcome => outcome == EnqueueOutcome.Duplicate));
    }

    private Problem Refuse(int status, List<Fault> faults)
    {
        var why = status == StatusCodes.Status413PayloadTooLarge ? $"{char.ToUpperInvariant(noun[0])}{noun[1..]} has at most {EnvelopeV1.MaxBytes} bytes. " : "";
        return Problem.Of(status, $"{why}Nothing of this request was accepted.", faults);
    }

    private static string RootOf(int index, bool isArray) => isArray ? $"$[{index}]" : "$";
}

/// <summary><c>POST /api/notifications</c>.</summary>
public sealed class NotificationsEndpoint(EnvelopeIntake intake, IDeliveryQueue queue) : IntakeEndpoint("an envelope", "envelopes", queue)
{
    /// <inheritdoc/>
    public override IntakeResult Read(ReadOnlyMemory<byte> utf8, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return intake.Read(utf8, caller.Tenant);
    }
}
