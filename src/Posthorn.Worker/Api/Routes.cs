using Microsoft.AspNetCore.WebUtilities;
using Posthorn.Access;
using Posthorn.DeadLetters;
using Posthorn.Queues;
using Posthorn.Stores;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.Api.Requests;

namespace Posthorn.Worker.Api;

/// <summary>The HTTP API's paths, each with who may call it.</summary>
public static class Routes
{
    /// <summary>Maps all of them.</summary>
    public static void Map(WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.Use(ExplainFailures);
        app.UseStatusCodePages(pages => Problem.Of(
            pages.HttpContext.Response.StatusCode, ReasonPhrases.GetReasonPhrase(pages.HttpContext.Response.StatusCode)).ExecuteAsync(pages.HttpContext));

        app.MapGet("/healthz", (QueueEndpoint queue) => queue.Healthy()).Describe<HealthAnswer>("health", "Whether the process turns");
        app.MapGet("/readyz", (HttpContext http, QueueEndpoint queue) => queue.ReadyAsync(http)).Describe<HealthAnswer>("ready", "Whether the queue can be reached");
        app.MapOpenApi("/openapi/v1.json");

        var api = app.MapGroup("/api").AddEndpointFilter(app.Services.GetRequiredService<ApiAccess>());
        MapIntake(api);
        MapWebhooks(api.MapGroup("/webhooks"));
        MapDeliveries(api);
        MapDeadLetters(api.MapGroup("/dead-letters"));
        MapStatus(api.MapGroup("/v1/status"));
    }

    private static void MapIntake(RouteGroupBuilder api)
    {
        api.MapPost("/notifications", (HttpContext http, NotificationsEndpoint notifications) => notifications.PostAsync(http)).For(Roles.Publish)
            .Describe<AcceptedAnswer>("sendNotifications", "Take one envelope, an array, or a stream of lines", StatusCodes.Status202Accepted, typeof(EnvelopeBody));
        api.MapPost("/events", (HttpContext http, EventsEndpoint events) => events.PostAsync(http)).For(Roles.Publish)
            .Describe<AcceptedAnswer>("publishEvents", "Take one event, an array, or a stream of lines, for every endpoint that wants it", StatusCodes.Status202Accepted, typeof(EventBody));
        api.MapPost("/events/validate", (HttpContext http, EventsEndpoint events) => events.ValidateAsync(http)).For(Roles.Publish | Roles.Read)
            .Describe<ValidAnswer>("validateEvent", "Judge an event and accept nothing", body: typeof(EventBody));
        api.MapGet("/events/{id}", (HttpContext http, EventsEndpoint events, string id) => events.GetAsync(http, id)).For(Roles.Read | Roles.Operate)
            .Describe<EventAnswer>("getEvent", "An event and its deliveries");
        api.MapGet("/event-types", (EventTypesEndpoint types) => types.List()).For(Roles.All)
            .Describe<EventTypesAnswer>("listEventTypes", "The event types that are known by name");
        api.MapPut("/event-types/{name}", (HttpContext http, EventTypesEndpoint types, string name) => types.PutAsync(http, name)).For(Roles.Manage)
            .Describe<EventTypeAnswer>("putEventType", "Register an event type with the JSON Schema of its data", body: typeof(EventTypeBody));
        api.MapDelete("/event-types/{name}", (HttpContext http, EventTypesEndpoint types, string name) => types.DeleteAsync(http, name)).For(Roles.Manage)
            .DescribeNothing("removeEventType", "Remove a registered event type");
        api.MapGet("/queue", (HttpContext http, QueueEndpoint queue) => queue.CountAsync(http)).For(Roles.Read | Roles.Operate)
            .Describe<QueueAnswer>("countQueue", "How many messages are in which state");
        api.MapGet("/stats", (HttpContext http, StatsEndpoint stats) => stats.Get(http)).For(Roles.Read | Roles.Operate)
            .Describe<StatsAnswer>("workerStats", "What this worker has done since it started, and has at hand");
    }

    private static void MapWebhooks(RouteGroupBuilder webhooks)
    {
        webhooks.MapPost("", (HttpContext http, WebhooksEndpoint endpoint) => endpoint.RegisterAsync(http)).For(Roles.Manage)
            .Describe<WebhookAnswer>("registerWebhook", "Register an endpoint; the answer shows its secret, this once", StatusCodes.Status201Created, typeof(NewWebhookBody));
        webhooks.MapGet("", (HttpContext http, WebhooksEndpoint endpoint) => endpoint.ListAsync(http)).For(Roles.Manage | Roles.Read)
            .Describe<WebhooksAnswer>("listWebhooks", "The registered endpoints", queries: ["limit", "cursor", "tenant"]);
        webhooks.MapGet("/{id}", (HttpContext http, WebhooksEndpoint endpoint, string id) => endpoint.GetAsync(http, id)).For(Roles.Manage | Roles.Read)
            .Describe<WebhookAnswer>("getWebhook", "One endpoint");
        webhooks.MapPut("/{id}", (HttpContext http, WebhooksEndpoint endpoint, string id) => endpoint.ChangeAsync(http, id)).For(Roles.Manage)
            .Describe<WebhookAnswer>("changeWebhook", "Change an endpoint; what is absent stays", body: typeof(ChangedWebhookBody));
        webhooks.MapDelete("/{id}", (HttpContext http, WebhooksEndpoint endpoint, string id) => endpoint.DeleteAsync(http, id)).For(Roles.Manage)
            .DescribeNothing("deleteWebhook", "Delete an endpoint");
        webhooks.MapPost("/{id}/rotate-secret", (HttpContext http, WebhooksEndpoint endpoint, string id) => endpoint.RotateAsync(http, id)).For(Roles.Manage)
            .Describe<WebhookAnswer>("rotateSecret", "Make a new secret; the old one signs too for a while", body: typeof(RotationBody));
        webhooks.MapPost("/{id}/verify", (HttpContext http, WebhooksEndpoint endpoint, string id) => endpoint.VerifyAsync(http, id)).For(Roles.Manage)
            .Describe<WebhookAnswer>("verifyWebhook", "Send the verification challenge again");
        webhooks.MapPost("/{id}/test", (HttpContext http, WebhookTestEndpoint test, string id) => test.PostAsync(http, id)).For(Roles.Manage | Roles.Operate)
            .Describe<TestAnswer>("testWebhook", "Send a test event", StatusCodes.Status202Accepted, typeof(TestBody), ["wait"]);
        webhooks.MapPost("/{id}/recover", (HttpContext http, RecoveriesEndpoint recoveries, string id) => recoveries.PostAsync(http, id)).For(Roles.Manage | Roles.Operate)
            .Describe<RecoveryAnswer>("recoverWebhook", "Send everything the endpoint missed", StatusCodes.Status202Accepted, typeof(RecoveryBody));
        webhooks.MapGet("/{id}/recoveries", (HttpContext http, RecoveriesEndpoint recoveries, string id) => recoveries.ListAsync(http, id)).For(Roles.Manage | Roles.Operate | Roles.Read)
            .Describe<RecoveriesAnswer>("listRecoveries", "The newest recoveries of an endpoint");
        webhooks.MapGet("/{id}/recoveries/{run}", (HttpContext http, RecoveriesEndpoint recoveries, string id, string run) => recoveries.GetAsync(http, id, run))
            .For(Roles.Manage | Roles.Operate | Roles.Read).Describe<RecoveryAnswer>("getRecovery", "How far a recovery has come");
        webhooks.MapGet("/{id}/deliveries", (HttpContext http, DeliveriesEndpoint deliveries, string id) => deliveries.OfWebhookAsync(http, id))
            .For(Roles.Manage | Roles.Operate | Roles.Read).Describe<DeliveriesAnswer>("listWebhookDeliveries", "The newest deliveries to an endpoint", queries: ApiDocument.DeliveryFilters);
    }

    private static void MapDeliveries(RouteGroupBuilder api)
    {
        api.MapGet("/deliveries", (HttpContext http, DeliveriesEndpoint deliveries) => deliveries.ListAsync(http)).For(Roles.Operate | Roles.Read)
            .Describe<DeliveriesAnswer>("listDeliveries", "The newest deliveries", queries: ["webhook_id", .. ApiDocument.DeliveryFilters]);
        api.MapGet("/deliveries/{id}", (HttpContext http, DeliveriesEndpoint deliveries, string id) => deliveries.GetAsync(http, id)).For(Roles.Manage | Roles.Operate | Roles.Read)
            .Describe<DeliveryAnswer>("getDelivery", "One delivery with all its attempts");
        api.MapPost("/deliveries/{id}/resend", (HttpContext http, DeliveriesEndpoint deliveries, string id) => deliveries.ResendAsync(http, id)).For(Roles.Manage | Roles.Operate)
            .Describe<DeliveryAnswer>("resendDelivery", "Send a delivery again", StatusCodes.Status202Accepted);
    }

    private static void MapDeadLetters(RouteGroupBuilder letters)
    {
        letters.MapGet("", (HttpContext http, DeadLettersEndpoint endpoint) => endpoint.ListAsync(http)).For(Roles.Operate | Roles.Read)
            .Describe<DeadLettersAnswer>("listDeadLetters", "The newest dead letters that match", queries: ["limit", .. ApiDocument.DeadLetterFilters]);
        letters.MapGet("/stats", (HttpContext http, DeadLettersEndpoint endpoint) => endpoint.StatsAsync(http)).For(Roles.Operate | Roles.Read)
            .Describe<DeadLetterGroupsAnswer>("countDeadLetters", "Dead letters by cause, destination, profile, type and tenant", queries: ["by", .. ApiDocument.DeadLetterFilters]);
        letters.MapGet("/runs", (HttpContext http, DeadLettersEndpoint endpoint) => endpoint.RunsAsync(http)).For(Roles.Operate | Roles.Read)
            .Describe<DeadLetterRunsAnswer>("listDeadLetterRuns", "The newest runs of replay and purge", queries: ["limit"]);
        letters.MapGet("/{which}", (HttpContext http, DeadLettersEndpoint endpoint, string which) => endpoint.GetAsync(http, which)).For(Roles.Operate | Roles.Read)
            .Describe<DeadLetterDetail>("getDeadLetter", "One dead letter, by its sequence number or its envelope's id");
        letters.MapPost("/replay", (HttpContext http, DeadLettersEndpoint endpoint) => endpoint.ReplayAsync(http)).For(Roles.Operate)
            .Describe<SequencesAnswer>("replayDeadLetters", "Put dead letters back on the queue", body: typeof(SequencesBody));
        letters.MapPost("/purge", (HttpContext http, DeadLettersEndpoint endpoint) => endpoint.PurgeAsync(http)).For(Roles.Operate)
            .Describe<SequencesAnswer>("purgeDeadLetters", "Delete dead letters for good", body: typeof(SequencesBody));
    }

    private static void MapStatus(RouteGroupBuilder status)
    {
        status.MapGet("/events/recent", (HttpContext http, StatusEndpoint endpoint) => endpoint.RecentAsync(http)).For(Roles.Read | Roles.Publish)
            .Describe<RecentStatusAnswer>("listRecentStatus", "What happened to all tasks lately", queries: ["hours", "limit"]);
        status.MapGet("/{taskId}", (HttpContext http, StatusEndpoint endpoint, string taskId) => endpoint.GetAsync(http, taskId)).For(Roles.Read | Roles.Publish)
            .Describe<StatusAnswer>("getStatus", "The current state of a task");
        status.MapGet("/{taskId}/history", (HttpContext http, StatusEndpoint endpoint, string taskId) => endpoint.HistoryAsync(http, taskId)).For(Roles.Read | Roles.Publish)
            .Describe<StatusHistoryAnswer>("getStatusHistory", "Everything that happened to a task");
    }

    private static RouteHandlerBuilder For(this RouteHandlerBuilder route, Roles anyOf) => route.AddEndpointFilter(new RequireRole(anyOf));

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
        catch (MessageTooLargeException tooLarge) when (!http.Response.HasStarted)
        {
            await Problem.Of(StatusCodes.Status413PayloadTooLarge, $"Nothing was accepted: {tooLarge.Message}.").ExecuteAsync(http);
        }
        catch (StoreUnavailableException unavailable) when (!http.Response.HasStarted)
        {
            http.Response.Headers.RetryAfter = "1";
            await Problem.Of(StatusCodes.Status503ServiceUnavailable, $"The store is unavailable: {unavailable.Message}. Try again.").ExecuteAsync(http);
        }
        catch (Signing.SecretUnavailableException missing) when (!http.Response.HasStarted)
        {
            await Problem.Of(StatusCodes.Status503ServiceUnavailable, $"A secret cannot be had now: {missing.Message}.").ExecuteAsync(http);
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
