using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Recovery;
using Posthorn.Stores;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.Api.Requests;

namespace Posthorn.Worker.Api;

/// <summary><c>POST /api/webhooks/{id}/recover</c> and the progress of what it began.</summary>
public sealed class RecoveriesEndpoint(WebhooksEndpoint webhooks, IRecoveryStore store, EndpointOptions options, Audit audit, TimeProvider clock)
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxListed = 50;

    /// <summary>Begins a recovery: 202 with its id and where to ask how far it has come.</summary>
    public async Task<IResult> PostAsync(HttpContext http, string id)
    {
        var (json, problem) = await RequestBody.ReadJsonAsync(http, maxBytes: MaxBytes);
        if (problem is not null) return problem;
        var now = clock.GetUtcNow();
        var errors = new List<EnvelopeError>();
        if (RecoveryRequest.Read(json, now, options.RecoveryRate, errors) is not { } request) return Problem.Invalid(errors);
        if (await webhooks.FindAsync(http, id) is not { } endpoint) return WebhooksEndpoint.Missing(id);
        if (endpoint.Status != EndpointStatus.Active) return Problem.Of(StatusCodes.Status409Conflict, "The webhook is not active, so nothing would be delivered to it. Activate it first.");

        var run = new RecoveryRun
        {
            Id = RandomIds.Make("rec_", 24),
            EndpointId = id,
            Since = request.Since,
            Until = request.Until,
            Rate = request.Rate,
            State = RecoveryState.Running,
            DeadLetterCursor = 0,
            CreatedAt = now,
            UpdatedAt = now,
        };
        await store.AddAsync(run, http.RequestAborted);
        audit.Changed(http.Caller(), "recovers", id);
        http.Response.Headers.Location = $"/api/webhooks/{id}/recoveries/{run.Id}";
        return Results.Json(RecoveryAnswer.Of(run), AnswerJson.Default.RecoveryAnswer, statusCode: StatusCodes.Status202Accepted);
    }

    /// <summary>The newest recoveries of an endpoint.</summary>
    public async Task<IResult> ListAsync(HttpContext http, string id)
    {
        if (await webhooks.FindAsync(http, id) is null) return WebhooksEndpoint.Missing(id);
        var runs = await store.ListAsync(id, MaxListed, http.RequestAborted);
        return Results.Json(new RecoveriesAnswer([.. runs.Select(RecoveryAnswer.Of)]), AnswerJson.Default.RecoveriesAnswer);
    }

    /// <summary>How far one has come.</summary>
    public async Task<IResult> GetAsync(HttpContext http, string id, string run)
    {
        if (await webhooks.FindAsync(http, id) is null) return WebhooksEndpoint.Missing(id);
        return await store.FindAsync(run, http.RequestAborted) is { } found && found.EndpointId == id
            ? Results.Json(RecoveryAnswer.Of(found), AnswerJson.Default.RecoveryAnswer)
            : Problem.NotFound($"There is no recovery {EnvelopeError.Shown(run)}.");
    }
}
