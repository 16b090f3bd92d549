using Posthorn.DeadLetters;
using Posthorn.Worker.Api.Answers;
using Posthorn.Worker.CommandLine;

namespace Posthorn.Worker.DeadLetters;

/// <summary>The dead letters that a worker's API shows to the holder of a key.</summary>
internal sealed class ServerSource(Uri server, string? key) : IDeadLetterSource
{
    private readonly ApiReader _api = new(server, key);

    public async Task<(IReadOnlyList<DeadLetterView> Letters, long Total)> NewestAsync(IReadOnlyList<FilterTerm> terms, int max, CancellationToken cancellationToken)
    {
        var answer = await _api.GetAsync($"/api/dead-letters?limit={max}{Query(terms)}", AnswerJson.Default.DeadLettersAnswer, cancellationToken);
        return (answer?.DeadLetters ?? [], answer?.Total ?? 0);
    }

    public async Task<DeadLetterStats> StatsAsync(IReadOnlyList<FilterTerm> terms, GroupDimensions by, CancellationToken cancellationToken)
    {
        var answer = await _api.GetAsync($"/api/dead-letters/stats?by={DimensionNames.Write(by)}{Query(terms)}", AnswerJson.Default.DeadLetterGroupsAnswer, cancellationToken);
        return new DeadLetterStats(answer?.Total ?? 0, answer?.Groups ?? [], Histogram: null);
    }

    public Task<DeadLetterDetail?> FindAsync(string which, CancellationToken cancellationToken) =>
        _api.GetAsync($"/api/dead-letters/{Uri.EscapeDataString(which)}", AnswerJson.Default.DeadLetterDetail, cancellationToken);

    public void Dispose() => _api.Dispose();

    private static string Query(IReadOnlyList<FilterTerm> terms) => string.Concat(terms.Select(term => $"&{term.Name}={Uri.EscapeDataString(term.Value)}"));
}
