using Posthorn.Delivery;
using Posthorn.Lanes;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.Telemetry;

namespace Posthorn.Worker.Api;

/// <summary>What this worker has done and has at hand: what <c>posthorn top</c> looks at.</summary>
public sealed class StatsEndpoint(WorkerStats stats, LaneSet lanes, DeliveryPump pump)
{
    private const int MostTroubled = 20;

    /// <summary>The counts since it started; everyone's, so not for a key with a tenant.</summary>
    public IResult Get(HttpContext http)
    {
        if (http.Caller().Tenant is not null) return Problem.Of(StatusCodes.Status403Forbidden, "The worker is everyone's; a key with a tenant does not see it.");
        var (known, open) = lanes.Census();
        return Results.Json(
            new StatsAnswer
            {
                Delivered = stats.Verdicts("delivered"),
                Retried = stats.Verdicts("retry"),
                DeadLettered = stats.DeadLetters.Values.Sum(),
                Dropped = stats.Verdicts("drop"),
                P50Ms = stats.Percentile(50)?.TotalMilliseconds,
                P99Ms = stats.Percentile(99)?.TotalMilliseconds,
                InFlight = pump.InFlight,
                Lanes = known,
                OpenCircuits = open,
                DeadLetters = stats.DeadLetters,
                Trouble = [.. lanes.Troubled(MostTroubled).Select(lane => new TroubleAnswer(lane.Key, lane.Cause, lane.IsOpen))],
            },
            AnswerJson.Default.StatsAnswer);
    }
}
