using Posthorn.DeadLetters;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Signing;
using Posthorn.Stores;
using Posthorn.Worker.Composition;

namespace Posthorn.Worker.DeadLetters;

/// <summary>The dead letters of the queue.</summary>
internal sealed class QueueSource(WorkerSettings settings, OpenQueue open) : IDeadLetterSource
{
    public async Task<(IReadOnlyList<DeadLetterView> Letters, long Total)> NewestAsync(IReadOnlyList<FilterTerm> terms, int max, CancellationToken cancellationToken)
    {
        var letters = open.DeadLetters;
        var views = new List<DeadLetterView>();
        foreach (var summary in await Scan(terms).NewestAsync(max, cancellationToken))
            if (await DeadLetterFinder.ReadAsync(letters, summary.Sequence, cancellationToken) is { } letter) views.Add(DeadLetterView.Of(letter));
        return (views, await letters.CountAsync(cancellationToken));
    }

    public async Task<DeadLetterStats> StatsAsync(IReadOnlyList<FilterTerm> terms, GroupDimensions by, CancellationToken cancellationToken) =>
        DeadLetterStats.Of(await DeadLetterStats.CountAsync(Scan(terms), by, _ => true, cancellationToken));

    public async Task<DeadLetterDetail?> FindAsync(string which, CancellationToken cancellationToken)
    {
        if (await DeadLetterFinder.FindAsync(open.DeadLetters, which, cancellationToken) is not { } letter) return null;
        var endpoint = DeadLetterFacts.Of(letter.Message).EndpointId is { } id ? await FindEndpointAsync(id, cancellationToken) : null;
        var preview = new RequestPreview(new EnvelopeReader(open.Builder), new CredentialResolver(open.Sealer, open.Secrets), _ => endpoint, TimeProvider.System);
        return await DeadLetterDetail.OfAsync(letter, preview, cancellationToken);
    }

    public void Dispose() => open.Dispose();

    private DeadLetterScan Scan(IReadOnlyList<FilterTerm> terms) => new(open.DeadLetters, DeadLetterFilter.Parse(terms, TimeProvider.System.GetUtcNow()));

    /// <summary>The endpoint as it is registered now; null when it is not, or when the store is away.</summary>
    private async Task<RegisteredEndpoint?> FindEndpointAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await using var stores = await OpenStores.OpenPreparedAsync(settings, cancellationToken);
            return await stores.Endpoints.FindAsync(id, cancellationToken) is { } record ? new RegisteredEndpoint(record, open.Sealer) : null;
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }
}
