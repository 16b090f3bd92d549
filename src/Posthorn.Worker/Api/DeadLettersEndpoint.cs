using Posthorn.Access;
using Posthorn.DeadLetters;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Stores;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.Api.Requests;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Worker.Api;

/// <summary><c>/api/dead-letters</c>: the verbs of <c>posthorn dead-letters</c>.</summary>
public sealed class DeadLettersEndpoint(IDeadLetterQueue deadLetters, IDeadLetterRunStore runs, RequestPreview preview, Visibility visibility, Audit audit, TimeProvider clock)
{
    private const int MaxBytes = 256 * 1024;
    private const int MaxNewest = 10_000;

    /// <summary>The newest dead letters that match and are the caller's to see.</summary>
    public async Task<IResult> ListAsync(HttpContext http)
    {
        var query = new QueryReader(http.Request.Query);
        var limit = (int)(query.Whole("limit", 1, MaxNewest) ?? 50);
        var filter = query.DeadLetters(clock.GetUtcNow(), "limit");
        if (query.Problem is { } wrong) return wrong;
        var caller = http.Caller();
        var total = caller.Tenant is null ? await deadLetters.CountAsync(http.RequestAborted) : (await CountAsync(caller, DeadLetterFilter.Everything, GroupDimensions.None, http.RequestAborted)).Total;
        var views = new List<DeadLetterView>();
        foreach (var summary in await new DeadLetterScan(deadLetters, filter).NewestAsync(limit, letter => IsVisible(caller, letter.Facts), http.RequestAborted))
            if (await DeadLetterFinder.ReadAsync(deadLetters, summary.Sequence, http.RequestAborted) is { } letter) views.Add(DeadLetterView.Of(letter));
        return Results.Json(new DeadLettersAnswer(views, total), AnswerJson.Default.DeadLettersAnswer);
    }

    /// <summary>Those that match and are the caller's to see, in groups.</summary>
    public async Task<IResult> StatsAsync(HttpContext http)
    {
        var query = new QueryReader(http.Request.Query);
        var by = query.Dimensions();
        var filter = query.DeadLetters(clock.GetUtcNow(), "by");
        if (query.Problem is { } wrong) return wrong;
        var groups = await CountAsync(http.Caller(), filter, by, http.RequestAborted);
        return Results.Json(new DeadLetterGroupsAnswer(groups.Total, groups.Sorted()), AnswerJson.Default.DeadLetterGroupsAnswer);
    }

    /// <summary>The newest runs of replay and purge; of a caller without a tenant, as a run is everyone's.</summary>
    public async Task<IResult> RunsAsync(HttpContext http)
    {
        var query = new QueryReader(http.Request.Query);
        var limit = query.Limit();
        if (query.Problem is { } wrong) return wrong;
        if (http.Caller().Tenant is not null) return Results.Json(new DeadLetterRunsAnswer([]), AnswerJson.Default.DeadLetterRunsAnswer);
        var lines = new List<RunLine>();
        foreach (var run in await runs.NewestAsync(limit, http.RequestAborted))
            lines.Add(RunLine.Of(run, run.Kind == RunKind.Replay ? await deadLetters.FollowAsync(run.Id, http.RequestAborted) : null, clock.GetUtcNow()));
        return Results.Json(new DeadLetterRunsAnswer(lines), AnswerJson.Default.DeadLetterRunsAnswer);
    }

    /// <summary>One dead letter with everything that is known of it, by its number or its envelope's id.</summary>
    public async Task<IResult> GetAsync(HttpContext http, string which)
    {
        var found = await DeadLetterFinder.FindAsync(deadLetters, which, http.RequestAborted);
        return found is not null && IsVisible(http.Caller(), DeadLetterFacts.Of(found.Message))
            ? Results.Json(await DeadLetterDetail.OfAsync(found, preview, http.RequestAborted), AnswerJson.Default.DeadLetterDetail)
            : Problem.NotFound($"There is no dead letter with the sequence number or id {EnvelopeError.Shown(which)}.");
    }

    /// <summary>Puts dead letters back on the queue.</summary>
    public Task<IResult> ReplayAsync(HttpContext http) => DoAsync(http, RunKind.Replay, "replayed", async (sequences, run) =>
        await deadLetters.ReplayAsync(sequences, new ReplayChanges { Run = run }, CancellationToken.None));

    /// <summary>Deletes dead letters for good.</summary>
    public Task<IResult> PurgeAsync(HttpContext http) => DoAsync(http, RunKind.Purge, "purged", async (sequences, _) =>
    {
        await deadLetters.PurgeAsync(sequences, CancellationToken.None);
        return sequences;
    });

    private async Task<IResult> DoAsync(HttpContext http, RunKind kind, string action, Func<IReadOnlyList<long>, string, Task<IReadOnlyList<long>>> work)
    {
        var (json, problem) = await RequestBody.ReadJsonAsync(http, maxBytes: MaxBytes);
        if (problem is not null) return problem;
        var errors = new List<EnvelopeError>();
        if (SequencesRequest.Read(json, errors) is not { } asked) return Problem.Invalid(errors);
        var visible = new List<long>();
        foreach (var sequence in asked.Distinct())
            if (await DeadLetterFinder.ReadAsync(deadLetters, sequence, http.RequestAborted) is { } letter && IsVisible(http.Caller(), DeadLetterFacts.Of(letter.Message))) visible.Add(sequence);
        if (visible.Count == 0) return Results.Json(new SequencesAnswer([]), AnswerJson.Default.SequencesAnswer);

        var run = RunOfApi.Begin(kind, http.Caller(), visible, clock.GetUtcNow());
        var done = await work(visible, run.Id);
        if (done.Count > 0) audit.Changed(http.Caller(), $"{action} dead letters", string.Join(' ', done));
        await KeepAsync(run with { Done = done.Count, Skipped = visible.Count - done.Count, UpdatedAt = clock.GetUtcNow() });
        return Results.Json(new SequencesAnswer(done), AnswerJson.Default.SequencesAnswer);
    }

    /// <summary>Puts a run on record; while the store is away the line of the audit is all there is, as it is done.</summary>
    private async Task KeepAsync(DeadLetterRun run)
    {
        try
        {
            await runs.AddAsync(run, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // It happened, and that is what the caller is to know.
        }
    }

    private bool IsVisible(Caller caller, DeadLetterFacts facts) => visibility.Allows(caller, facts.Tenant, facts.EndpointId);

    private Task<DeadLetterGroups> CountAsync(Caller caller, DeadLetterFilter filter, GroupDimensions by, CancellationToken cancellationToken) =>
        DeadLetterStats.CountAsync(new DeadLetterScan(deadLetters, filter), by, letter => IsVisible(caller, letter.Facts), cancellationToken);
}
