using System.Text.Json;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Profiles;
using Posthorn.Recovery;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.Api.Requests;

namespace Posthorn.Worker.Api;

/// <summary><c>POST /api/webhooks/{id}/test</c>: a test event through the whole path, to any endpoint that is not deleted.</summary>
public sealed class WebhookTestEndpoint(WebhooksEndpoint webhooks, Resender resender, HistoryRecorder history, IDeliveryLog log, ProfileCatalog profiles, Audit audit, TimeProvider clock)
{
    private const string DefaultType = "webhook.test";
    private const int MaxBytes = 256 * 1024;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    /// <summary>Answers 202 with the delivery's id; with <c>?wait=true</c>, 200 with the outcome.</summary>
    public async Task<IResult> PostAsync(HttpContext http, string id)
    {
        var (json, problem) = await RequestBody.ReadJsonAsync(http, isOptional: true, MaxBytes);
        if (problem is not null) return problem;
        if (await webhooks.FindAsync(http, id) is not { } endpoint) return WebhooksEndpoint.Missing(id);
        var errors = new List<EnvelopeError>();
        if (TestOf(endpoint, json, errors) is not { } test) return Problem.Invalid(errors);

        var deliveryId = await resender.TestAsync(endpoint, test, http.RequestAborted);
        audit.Changed(http.Caller(), "tested", id);
        if (http.Request.Query["wait"] != "true") return Results.Json(new TestAnswer(deliveryId, test.Id, Delivery: null), AnswerJson.Default.TestAnswer, statusCode: StatusCodes.Status202Accepted);
        var outcome = await WaitAsync(endpoint, deliveryId, http.RequestAborted);
        return Results.Json(new TestAnswer(deliveryId, test.Id, outcome), AnswerJson.Default.TestAnswer, statusCode: outcome is null ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }

    private WebhookEvent? TestOf(Endpoint endpoint, ReadOnlyMemory<byte> json, List<EnvelopeError> errors)
    {
        if (TestRequest.Read(json, errors) is not { } request) return null;
        var now = clock.GetUtcNow();
        return new WebhookEvent
        {
            Id = WebhookEvent.NewId(now),
            Type = request.Type ?? DefaultType,
            Tenant = endpoint.Tenant == EventPattern.All ? null : endpoint.Tenant,
            Time = TemplateValues.Iso(now),
            Data = request.Data ?? JsonSerializer.SerializeToUtf8Bytes(
                new Dictionary<string, string> { ["type"] = DefaultType, ["webhook_id"] = endpoint.Id, ["message"] = "This is a test event." }, TestDataContext.Default.DictionaryStringString),
        };
    }

    /// <summary>Looks into the log, which every process writes, until the attempt is there.</summary>
    private async Task<DeliveryAnswer?> WaitAsync(Endpoint endpoint, string deliveryId, CancellationToken cancellationToken)
    {
        var patience = profiles.GetOrStandard(endpoint.Profile).Timeout + Settling;
        for (var started = clock.GetTimestamp(); clock.GetElapsedTime(started) < patience;)
        {
            await history.FlushAsync(Freshness.Patience, cancellationToken);
            if (await log.FindDeliveryAsync(deliveryId, cancellationToken) is { State: not DeliveryState.Pending } known) return DeliveryAnswer.Of(known);
            await Task.Delay(Glance, clock, cancellationToken);
        }

        return null;
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class TestDataContext : System.Text.Json.Serialization.JsonSerializerContext;
