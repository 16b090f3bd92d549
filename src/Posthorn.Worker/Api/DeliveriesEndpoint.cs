using System.Globalization;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.History;
using Posthorn.Recovery;
using Posthorn.Worker.Api.Answers;

namespace Posthorn.Worker.Api;

/// <summary>The delivery log: what became of each delivery, and once more.</summary>
public sealed class DeliveriesEndpoint(WebhooksEndpoint webhooks, IDeliveryLog log, HistoryRecorder history, IEndpointStore endpoints, Resender resender, Visibility visibility, Audit audit)
{
    /// <summary>A page of all deliveries that are the caller's to see.</summary>
    public Task<IResult> ListAsync(HttpContext http) => PageAsync(http, new QueryReader(http.Request.Query).Text("webhook_id"));

    /// <summary>A page of the deliveries to one endpoint.</summary>
    public async Task<IResult> OfWebhookAsync(HttpContext http, string id) =>
        await webhooks.FindAsync(http, id) is null ? WebhooksEndpoint.Missing(id) : await PageAsync(http, id);

    /// <summary>One delivery with all its attempts.</summary>
    public async Task<IResult> GetAsync(HttpContext http, string id) =>
        await FindAsync(http, id) is { } delivery ? Results.Json(DeliveryAnswer.Of(delivery), AnswerJson.Default.DeliveryAnswer) : Missing(id);

    /// <summary>Sends a delivery again: 202; 409 when it cannot be.</summary>
    public async Task<IResult> ResendAsync(HttpContext http, string id)
    {
        if (await FindAsync(http, id) is not { } delivery) return Missing(id);
        var endpoint = delivery.EndpointId is { } endpointId ? await endpoints.FindAsync(endpointId, http.RequestAborted) : null;
        if (await resender.ResendAsync(delivery, endpoint, http.RequestAborted) is { } problem) return Problem.Of(StatusCodes.Status409Conflict, $"The delivery cannot be sent again: {problem}.");
        audit.Changed(http.Caller(), "resent", id);
        return Results.Json(
            DeliveryAnswer.Of(delivery) with { Status = Names.Of(DeliveryState.Pending), Reason = null }, AnswerJson.Default.DeliveryAnswer, statusCode: StatusCodes.Status202Accepted);
    }

    private static Problem Missing(string id) => Problem.NotFound($"There is no delivery {EnvelopeError.Shown(id)}.");

    private async Task<DeliveryRecord?> FindAsync(HttpContext http, string id)
    {
        await history.FlushAsync(Freshness.Patience, http.RequestAborted);
        return await log.FindDeliveryAsync(id, http.RequestAborted) is { } delivery && visibility.Allows(http.Caller(), delivery.Tenant, delivery.EndpointId) ? delivery : null;
    }

    private async Task<IResult> PageAsync(HttpContext http, string? endpointId)
    {
        var query = new QueryReader(http.Request.Query);
        var wanted = new DeliveryQuery
        {
            EndpointId = endpointId,
            EventId = query.Text("event_id"),
            Tenant = http.Caller().Tenant ?? query.Text("tenant"),
            Type = query.Text("type"),
            Profile = query.Text("profile"),
            State = query.Choice<DeliveryState>("status"),
            Status = (int?)query.Whole("status_code", 100, 999),
            Destination = query.Text("destination"),
            Since = query.Time("since"),
            Until = query.Time("until"),
            Before = query.Whole("cursor", 1, long.MaxValue),
            Max = query.Limit(),
        };
        if (query.Problem is { } wrong) return wrong;
        await history.FlushAsync(Freshness.Patience, http.RequestAborted);
        var page = await log.DeliveriesAsync(wanted, http.RequestAborted);
        var next = page.Count == wanted.Max ? page[^1].Position.ToString(CultureInfo.InvariantCulture) : null;
        return Results.Json(new DeliveriesAnswer([.. page.Where(each => visibility.Allows(http.Caller(), each.Tenant, each.EndpointId)).Select(DeliveryAnswer.Of)], next), AnswerJson.Default.DeliveriesAnswer);
    }
}
