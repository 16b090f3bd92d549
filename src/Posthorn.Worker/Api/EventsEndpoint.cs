using Posthorn.Access;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Queues;
using Posthorn.Worker.Api.Answers;

namespace Posthorn.Worker.Api;

/// <summary><c>POST /api/events</c>, the validator on its own, and what became of an event.</summary>
public sealed class EventsEndpoint(EventIntake intake, StatusProjection statuses, HistoryRecorder history, IDeliveryLog log, IDeliveryQueue queue, Visibility visibility, TimeProvider clock)
    : IntakeEndpoint("an event", "events", queue)
{
    private const int MaxDeliveries = 250;

    /// <inheritdoc/>
    public override IntakeResult Read(ReadOnlyMemory<byte> utf8, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        return intake.Read(utf8, caller.Tenant);
    }

    /// <summary>Who follows a task sees an event as soon as it is accepted.</summary>
    public override void Note(IEnumerable<IntakeResult> accepted)
    {
        ArgumentNullException.ThrowIfNull(accepted);
        foreach (var webhookEvent in accepted.Select(result => result.Event).OfType<WebhookEvent>())
            if (statuses.Of(webhookEvent, clock.GetUtcNow()) is { } status) history.Record(status);
    }

    /// <summary>Judges an event as <c>POST /api/events</c> does, and accepts nothing.</summary>
    public async Task<IResult> ValidateAsync(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        var (json, problem) = await RequestBody.ReadJsonAsync(http);
        if (problem is not null) return problem;
        var result = intake.Read(json, http.Caller().Tenant);
        return result.Message is null
            ? Problem.Of(StatusOf([result]), "The event would be refused.", [.. result.Errors.Select(error => Fault.Of(error, "$"))])
            : Results.Json(new ValidAnswer(Valid: true), AnswerJson.Default.ValidAnswer);
    }

    /// <summary>The event, and its newest deliveries.</summary>
    public async Task<IResult> GetAsync(HttpContext http, string id)
    {
        ArgumentNullException.ThrowIfNull(http);
        await history.FlushAsync(Freshness.Patience, http.RequestAborted);
        if (await log.FindEventAsync(id, http.RequestAborted) is not { } found || !http.Caller().Sees(found.Tenant)) return Problem.NotFound($"There is no event '{id}'.");
        var deliveries = await log.DeliveriesAsync(new DeliveryQuery { EventId = id, Max = MaxDeliveries }, http.RequestAborted);
        return Results.Json(EventAnswer.Of(found, deliveries.Where(each => visibility.Allows(http.Caller(), each.Tenant, each.EndpointId))), AnswerJson.Default.EventAnswer);
    }
}
