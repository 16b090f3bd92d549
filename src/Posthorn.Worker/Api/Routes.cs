using Microsoft.AspNetCore.WebUtilities;
using Posthorn.Delivery;
using Posthorn.Queues;

namespace Posthorn.Worker.Api;

/// <summary>The HTTP API's paths.</summary>
public static class Routes
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    /// <summary>Maps all of them.</summary>
    public static void Map(WebApplication app, ApiKeyGate gate)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.Use(ExplainFailures);
        app.UseStatusCodePages(pages => Problem.Of(
            pages.HttpContext.Response.StatusCode, ReasonPhrases.GetReasonPhrase(pages.HttpContext.Response.StatusCode)).ExecuteAsync(pages.HttpContext));

        app.MapGet("/healthz", (PumpPulse pulse) => pulse.Age < LongestSilence
            ? Health("healthy")
            : Health("unhealthy", $"the pump has not turned for {pulse.Age:c}"));
        app.MapGet("/readyz", ReadyAsync);

        var api = app.MapGroup("/api").AddEndpointFilter(gate);
        api.MapPost("/notifications", (HttpContext http, NotificationsEndpoint notifications) => notifications.PostAsync(http));
        api.MapGet("/queue", CountAsync);
    }

    private static async Task<IResult> CountAsync(IDeliveryQueue queue, CancellationToken cancellationToken)
    {
        var counts = await queue.CountAsync(cancellationToken);
        return Results.Json(
            new QueueAnswer(counts.Active, counts.Scheduled, counts.Locked, counts.Dead, counts.OldestAge?.TotalSeconds), ApiJson.Default.QueueAnswer);
    }

    private static async Task<IResult> ReadyAsync(IDeliveryQueue queue, CancellationToken cancellationToken)
    {
        try
        {
            await queue.PingAsync(cancellationToken);
            return Health("ready");
        }
        catch (QueueUnavailableException unavailable)
        {
            return Health("not ready", unavailable.Message);
        }
    }

    private static IResult Health(string status, string? detail = null) => Results.Json(
        new HealthAnswer(status, detail), ApiJson.Default.HealthAnswer, statusCode: detail is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);

    /// <summary>What a request may run into, as an answer; anything else is a bug, and 500.</summary>
    private static async Task ExplainFailures(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
        }
        catch (QueueUnavailableException unavailable) when (!http.Response.HasStarted)
        {
            http.Response.Headers.RetryAfter = "1";
            await Problem.Of(StatusCodes.Status503ServiceUnavailable, $"The queue is unavailable: {unavailable.Message}. Nothing was accepted; try again.").ExecuteAsync(http);
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            await Problem.Of(bad.StatusCode, bad.Message).ExecuteAsync(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to answer.
        }
    }
}
