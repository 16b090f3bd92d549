using Posthorn.Access;
using Posthorn.DeadLetters;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.Api.Requests;

namespace Posthorn.Worker.Api;

/// <summary><c>/api/dead-letters</c>: the verbs of <c>posthorn dead-letters</c>.</summary>
public sealed class DeadLettersEndpoint(IDeadLetterQueue deadLetters, Visibility visibility, Audit audit)
{
    private const int MaxBytes = 256 * 1024;
    private const int PageSize = 250;
    private const int MaxNewest = 10_000;

    /// <summary>The newest dead letters that are the caller's to see.</summary>
    public async Task<IResult> ListAsync(HttpContext http)
    {
        var query = new QueryReader(http.Request.Query);
        var limit = (int)(query.Whole("limit", 1, MaxNewest) ?? 50);
        if (query.Problem is { } wrong) return wrong;
        var caller = http.Caller();
        if (caller.Tenant is null)
        {
            var newest = await deadLetters.NewestAsync(limit, http.RequestAborted);
            return Answer(newest.Select(DeadLetterView.Of), await deadLetters.CountAsync(http.RequestAborted));
        }

        var newestOfTenant = new Queue<DeadLetterView>(limit);
        var total = 0L;
        await foreach (var view in ViewsAsync(http.RequestAborted))
        {
            if (!IsVisible(caller, view)) continue;
            total++;
            if (newestOfTenant.Count == limit) newestOfTenant.Dequeue();
            newestOfTenant.Enqueue(view);
        }

        return Answer(newestOfTenant.Reverse(), total);
    }

    /// <summary>One dead letter with everything that is known of it, by its number or its envelope's id.</summary>
    public async Task<IResult> GetAsync(HttpContext http, string which)
    {
        var found = await DeadLetterFinder.FindAsync(deadLetters, which, http.RequestAborted);
        return found is not null && IsVisible(http.Caller(), DeadLetterView.Of(found))
            ? Results.Json(DeadLetterDetail.Of(found), AnswerJson.Default.DeadLetterDetail)
            : Problem.NotFound($"There is no dead letter with the sequence number or id {EnvelopeError.Shown(which)}.");
    }

    /// <summary>Puts dead letters back on the queue.</summary>
    public Task<IResult> ReplayAsync(HttpContext http) =>
        DoAsync(http, "replayed", async (sequences, cancellationToken) => await deadLetters.ReplayAsync(sequences, newDeadline: null, cancellationToken));

    /// <summary>Deletes dead letters for good.</summary>
    public Task<IResult> PurgeAsync(HttpContext http) => DoAsync(http, "purged", async (sequences, cancellationToken) =>
    {
        await deadLetters.PurgeAsync(sequences, cancellationToken);
        return sequences;
    });

    private async Task<IResult> DoAsync(HttpContext http, string action, Func<IReadOnlyList<long>, CancellationToken, Task<IReadOnlyList<long>>> work)
    {
        var (json, problem) = await RequestBody.ReadJsonAsync(http, maxBytes: MaxBytes);
        if (problem is not null) return problem;
        var errors = new List<EnvelopeError>();
        if (SequencesRequest.Read(json, errors) is not { } asked) return Problem.Invalid(errors);
        var visible = new List<long>();
        foreach (var sequence in asked)
            if (await deadLetters.BrowseAsync(sequence, 1, http.RequestAborted) is [var letter] && letter.Sequence == sequence && IsVisible(http.Caller(), DeadLetterView.Of(letter))) visible.Add(sequence);
        var done = visible.Count == 0 ? [] : await work(visible, http.RequestAborted);
        if (done.Count > 0) audit.Changed(http.Caller(), $"{action} dead letters", string.Join(' ', done));
        return Results.Json(new SequencesAnswer(done), AnswerJson.Default.SequencesAnswer);
    }

    private bool IsVisible(Caller caller, DeadLetterView view) => visibility.Allows(caller, view.Tenant, view.EndpointId);

    private async IAsyncEnumerable<DeadLetterView> ViewsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var from = 0L; await deadLetters.BrowseAsync(from, PageSize, cancellationToken) is { Count: > 0 } page; from = page[^1].Sequence + 1)
            foreach (var letter in page) yield return DeadLetterView.Of(letter);
    }

    private static IResult Answer(IEnumerable<DeadLetterView> views, long total) =>
        Results.Json(new DeadLettersAnswer([.. views], total), AnswerJson.Default.DeadLettersAnswer);
}
