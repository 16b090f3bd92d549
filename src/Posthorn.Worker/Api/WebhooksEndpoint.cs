using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Signing;
using Posthorn.Worker.Api.Answers;

namespace Posthorn.Worker.Api;

/// <summary><c>/api/webhooks</c>: the endpoints of receivers.</summary>
public sealed class WebhooksEndpoint(EndpointRegistry registry, IEndpointStore store, EndpointOptions options, Audit audit)
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>Registers an endpoint: 201 with its secret, this once.</summary>
    public async Task<IResult> RegisterAsync(HttpContext http)
    {
        var (request, problem) = await ReadAsync(http, isNew: true);
        if (request is null) return problem;
        var caller = http.Caller();
        if (caller.Tenant is not null && (request.Tenant ?? caller.Tenant) != caller.Tenant)
            return Problem.Of(StatusCodes.Status403Forbidden, "Nothing was registered.", [new Fault("$.tenant", $"{EnvelopeError.Shown(request.Tenant ?? "")} is not the tenant of this key")]);
        var outcome = await registry.RegisterAsync(request with { Tenant = request.Tenant ?? caller.Tenant }, http.RequestAborted);
        return Answer(http, outcome, "registered", StatusCodes.Status201Created);
    }

    /// <summary>A page of the caller's endpoints.</summary>
    public async Task<IResult> ListAsync(HttpContext http)
    {
        var query = new QueryReader(http.Request.Query);
        var (limit, cursor, tenant) = (query.Limit(), query.Text("cursor"), http.Caller().Tenant ?? query.Text("tenant"));
        if (query.Text("limit") is null) limit = QueryReader.MaxLimit;
        if (query.Problem is { } wrong) return wrong;
        var page = await store.ListAsync(tenant, cursor, limit, http.RequestAborted);
        var next = page.Count == limit ? page[^1].Id : null;
        return Results.Json(new WebhooksAnswer([.. page.Select(endpoint => Shown(endpoint))], next), AnswerJson.Default.WebhooksAnswer);
    }

    /// <summary>One endpoint.</summary>
    public async Task<IResult> GetAsync(HttpContext http, string id) =>
        await FindAsync(http, id) is { } endpoint ? Results.Json(Shown(endpoint), AnswerJson.Default.WebhookAnswer) : Missing(id);

    /// <summary>Changes what the request says; what is absent stays.</summary>
    public async Task<IResult> ChangeAsync(HttpContext http, string id)
    {
        var (request, problem) = await ReadAsync(http, isNew: false);
        if (request is null) return problem;
        if (await FindAsync(http, id) is null) return Missing(id);
        return Answer(http, await registry.ChangeAsync(id, request, http.RequestAborted), "changed");
    }

    /// <summary>Deletes an endpoint: 204.</summary>
    public async Task<IResult> DeleteAsync(HttpContext http, string id)
    {
        if (await FindAsync(http, id) is null || await registry.DeleteAsync(id, http.RequestAborted) is EndpointOutcome.Missing) return Missing(id);
        audit.Changed(http.Caller(), "deleted", id);
        return Results.NoContent();
    }

    /// <summary>Makes the secret of the body, or a new one, the one that signs; it is shown this once.</summary>
    public async Task<IResult> RotateAsync(HttpContext http, string id)
    {
        var (json, problem) = await RequestBody.ReadJsonAsync(http, isOptional: true, MaxBytes);
        if (problem is not null) return problem;
        var errors = new List<EnvelopeError>();
        var given = EndpointRequest.ReadSecret(json, errors);
        if (errors.Count > 0) return Problem.Invalid(errors);
        if (await FindAsync(http, id) is null) return Missing(id);
        return Answer(http, await registry.RotateSecretAsync(id, given, http.RequestAborted), "rotated the secret of");
    }

    /// <summary>Sends the verification challenge again.</summary>
    public async Task<IResult> VerifyAsync(HttpContext http, string id)
    {
        if (await FindAsync(http, id) is not { } endpoint) return Missing(id);
        return Answer(http, await registry.VerifyAsync(endpoint, http.RequestAborted), "verified");
    }

    /// <summary>An endpoint that is the caller's to see; null when there is none.</summary>
    public async Task<Endpoint?> FindAsync(HttpContext http, string id) =>
        await store.FindAsync(id, http.RequestAborted) is { } endpoint && http.Caller().Sees(endpoint.Tenant) ? endpoint : null;

    /// <summary>The answer to an id that is nobody's, or somebody else's.</summary>
    public static Problem Missing(string id) => Problem.NotFound($"There is no webhook {EnvelopeError.Shown(id)}.");

    private static async Task<(EndpointRequest? Request, Problem Problem)> ReadAsync(HttpContext http, bool isNew)
    {
        var (json, problem) = await RequestBody.ReadJsonAsync(http, maxBytes: MaxBytes);
        if (problem is not null) return (null, problem);
        var errors = new List<EnvelopeError>();
        return (EndpointRequest.Read(json, isNew, errors), Problem.Invalid(errors));
    }

    private IResult Answer(HttpContext http, EndpointOutcome outcome, string action, int status = StatusCodes.Status200OK)
    {
        if (outcome is EndpointOutcome.Invalid invalid) return Problem.Invalid(invalid.Errors);
        if (outcome is not EndpointOutcome.Done done) return Problem.NotFound("The webhook was deleted meanwhile.");
        audit.Changed(http.Caller(), done is { VerificationProblem: not null, Before: null } && action == "verified" ? "could not verify" : action, done.Endpoint.Id);
        if (status == StatusCodes.Status201Created) http.Response.Headers.Location = $"/api/webhooks/{done.Endpoint.Id}";
        var isBack = done.Before is { Status: EndpointStatus.Disabled } && done.Endpoint.Status != EndpointStatus.Disabled;
        return Results.Json(
            Shown(done.Endpoint) with
            {
                Secret = done.Secret?.Reveal(),
                PreviousSecretUntil = action.StartsWith("rotated", StringComparison.Ordinal) ? Rfc3339.Format(done.Endpoint.UpdatedAt + options.SecretOverlap) : null,
                Verification = done.VerificationProblem ?? (done.IsVerified ? "verified" : null),
                Missed = isBack && (done.Before?.FailingSince ?? done.Before?.DisabledAt) is { } since ? new MissedAnswer(Rfc3339.Format(since), $"/api/webhooks/{done.Endpoint.Id}/recover") : null,
            },
            AnswerJson.Default.WebhookAnswer,
            statusCode: status);
    }

    private WebhookAnswer Shown(Endpoint endpoint)
    {
        try
        {
            return WebhookAnswer.Of(endpoint, registry.Open(endpoint));
        }
        catch (SecretUnavailableException)
        {
            return WebhookAnswer.Of(endpoint, open: null);
        }
    }
}
