using System.Collections.Concurrent;
using System.Collections.Immutable;
using Posthorn.Signing;

namespace Posthorn.Endpoints;

/// <summary>The endpoints in memory, for the hot path: at most as far behind the store as the last <see cref="RefreshAsync"/>.</summary>
public sealed class EndpointDirectory(IEndpointStore store, ISecretSealer sealer) : IDisposable
{
    private const int PageSize = 1000;
    private const int MaxCachedTypes = 10_000;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile Snapshot _snapshot = new(ImmutableDictionary<string, RegisteredEndpoint>.Empty.WithComparers(StringComparer.Ordinal), Revision: 0);

    /// <summary>Whether the store has been read once: before that, nobody knows what an event matches.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Reads what has changed since the last time.</summary>
    /// <exception cref="StoreUnavailableException">The store cannot be read; what is known stays.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var (byId, revision) = (_snapshot.ById.ToBuilder(), _snapshot.Revision);
            for (var isMore = true; isMore;)
            {
                var changes = await store.ChangesAsync(revision, PageSize, cancellationToken);
                foreach (var change in changes) Apply(byId, change);
                if (changes.Count > 0) revision = changes[^1].Revision;
                isMore = changes.Count == PageSize;
            }

            if (revision != _snapshot.Revision) _snapshot = new Snapshot(byId.ToImmutable(), revision);
            IsLoaded = true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Finds an endpoint; null when it is unknown or deleted.</summary>
    public RegisteredEndpoint? Find(string id) => _snapshot.ById.GetValueOrDefault(id);

    /// <summary>The endpoints that want an event, whatever their status, in the order of their ids.</summary>
    public IEnumerable<RegisteredEndpoint> Wanting(string type, string? tenant, bool isOperational) =>
        _snapshot.OfType(type, isOperational).Where(endpoint => endpoint.Wants(type, tenant, isOperational));

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private void Apply(ImmutableDictionary<string, RegisteredEndpoint>.Builder byId, Endpoint change)
    {
        if (change.Status == EndpointStatus.Deleted) byId.Remove(change.Id);
        else byId[change.Id] = new RegisteredEndpoint(change, sealer);
    }

    /// <summary>The endpoints at one moment, and which of them take a type, worked out when it first comes.</summary>
    private sealed record Snapshot(ImmutableDictionary<string, RegisteredEndpoint> ById, long Revision)
    {
        private readonly ConcurrentDictionary<(string Type, bool IsOperational), RegisteredEndpoint[]> _ofType = new();

        public RegisteredEndpoint[] OfType(string type, bool isOperational)
        {
            if (_ofType.TryGetValue((type, isOperational), out var known)) return known;
            RegisteredEndpoint[] found =
            [
                .. ById.Values
                    .Where(endpoint => endpoint.Record.Events.Any(pattern => EventPattern.Takes(pattern, type, isOperational)))
                    .OrderBy(endpoint => endpoint.Record.Id, StringComparer.Ordinal),
            ];
            if (_ofType.Count < MaxCachedTypes) _ofType[(type, isOperational)] = found;
            return found;
        }
    }
}
