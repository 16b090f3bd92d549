using System.Globalization;
using Posthorn.Envelopes;
using Posthorn.History;
using Posthorn.Worker.Api.Answers;

namespace Posthorn.Worker.Api;

/// <summary><c>/api/v1/status</c>: what happened to a task, by the events that told of it.</summary>
public sealed class StatusEndpoint(IDeliveryLog log, HistoryRecorder history, HistoryOptions options, TimeProvider clock)
{
    private const int MaxEntries = 1000;
    private const double MaxHours = 24 * 3650;

    /// <summary>The current state: the newest event by its own time, then by its acceptance.</summary>
    public async Task<IResult> GetAsync(HttpContext http, string taskId)
    {
        var entries = await EntriesAsync(http, taskId);
        return entries.Count == 0 ? Missing(taskId) : Results.Json(StatusAnswer.Of(entries[^1]), AnswerJson.Default.StatusAnswer);
    }

    /// <summary>Everything that happened, oldest first.</summary>
    public async Task<IResult> HistoryAsync(HttpContext http, string taskId)
    {
        var entries = await EntriesAsync(http, taskId);
        return entries.Count == 0
            ? Missing(taskId)
            : Results.Json(new StatusHistoryAnswer(Unescaped(taskId), [.. entries.Select(StatusAnswer.Of)]), AnswerJson.Default.StatusHistoryAnswer);
    }

    /// <summary>What happened to all tasks in the last hours, newest first.</summary>
    public async Task<IResult> RecentAsync(HttpContext http)
    {
        var query = new QueryReader(http.Request.Query);
        var text = query.Text("hours") ?? "24";
        if (!double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var hours) || !(hours > 0 && hours <= MaxHours))
            return Problem.Of(StatusCodes.Status400BadRequest, "The query cannot be read.", [new Fault("hours", $"{EnvelopeError.Shown(text)} is not accepted; accepted: a number of hours above 0")]);
        var limit = (int)(query.Whole("limit", 1, MaxEntries) ?? MaxEntries);
        if (query.Problem is { } wrong) return wrong;
        await history.FlushAsync(Freshness.Patience, http.RequestAborted);
        var since = Later(clock.GetUtcNow() - TimeSpan.FromHours(hours), Oldest);
        var entries = await log.RecentStatusAsync(http.Caller().Tenant, since, limit, http.RequestAborted);
        return Results.Json(new RecentStatusAnswer(hours, [.. entries.Select(StatusAnswer.Of)]), AnswerJson.Default.RecentStatusAnswer);
    }

    private DateTimeOffset Oldest => clock.GetUtcNow() - options.StatusRetention;

    private async Task<List<StatusEntry>> EntriesAsync(HttpContext http, string taskId)
    {
        await history.FlushAsync(Freshness.Patience, http.RequestAborted);
        var entries = await log.StatusAsync(Unescaped(taskId), http.Caller().Tenant, Oldest, MaxEntries, http.RequestAborted);
        return [.. entries.OrderBy(entry => entry.Time).ThenBy(entry => entry.AcceptedAt)];
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static Problem Missing(string taskId) => Problem.NotFound($"Nothing is known of the task {EnvelopeError.Shown(Unescaped(taskId))}.");

    /// <summary>A path as an id comes with its slashes escaped, and the server leaves them so.</summary>
    private static string Unescaped(string taskId) => taskId.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
