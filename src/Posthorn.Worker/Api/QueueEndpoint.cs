using Posthorn.Delivery;
using Posthorn.Queues;
using Posthorn.Worker.Api.Answers;

namespace Posthorn.Worker.Api;

/// <summary>The health of the process, and what is on the queue.</summary>
public sealed class QueueEndpoint(IDeliveryQueue queue, QueueReach reach, PumpPulse pulse, DeliveryOptions delivery)
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    /// <summary>Whether the process turns: the pump, where there is one, polled within a minute.</summary>
    public IResult Healthy() => !delivery.Enabled || pulse.Age < LongestSilence ? Health("healthy") : Health("unhealthy", $"the pump has not turned for {pulse.Age:c}");

    /// <summary>Whether the queue can be reached.</summary>
    public async Task<IResult> ReadyAsync(HttpContext http) => await reach.ProblemAsync(http.RequestAborted) is { } problem ? Health("not ready", problem) : Health("ready");

    /// <summary>How many messages are in which state; everyone's, so not for a key with a tenant.</summary>
    public async Task<IResult> CountAsync(HttpContext http)
    {
        if (http.Caller().Tenant is not null) return Problem.Of(StatusCodes.Status403Forbidden, "The queue is everyone's; a key with a tenant does not see it.");
        var counts = await queue.CountAsync(http.RequestAborted);
        return Results.Json(
            new QueueAnswer(counts.Active, counts.Scheduled, counts.Locked, counts.Dead, counts.OldestAge?.TotalSeconds), AnswerJson.Default.QueueAnswer);
    }

    private static IResult Health(string status, string? detail = null) => Results.Json(
        new HealthAnswer(status, detail), AnswerJson.Default.HealthAnswer, statusCode: detail is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
}
