using Posthorn.Access;
using Posthorn.DeadLetters;
using Posthorn.Endpoints;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Recovery;

namespace Posthorn.Stores;

/// <summary>The stores of one database.</summary>
public interface IStores : IAsyncDisposable
{
    /// <summary>The endpoints.</summary>
    IEndpointStore Endpoints { get; }

    /// <summary>The API keys.</summary>
    IApiKeyStore Keys { get; }

    /// <summary>The throttled streams.</summary>
    IThrottleStore Throttles { get; }

    /// <summary>The recoveries.</summary>
    IRecoveryStore Recoveries { get; }

    /// <summary>The runs over dead letters.</summary>
    IDeadLetterRunStore Runs { get; }

    /// <summary>The delivery log, with events and status.</summary>
    IDeliveryLog Log { get; }

    /// <summary>Where it is, as a person may be told: no password.</summary>
    string Name { get; }

    /// <summary>Brings the database to this version's schema; processes that start at once do it once. Cheap when it is done.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be reached now.</exception>
    Task PrepareAsync(CancellationToken cancellationToken);
}
