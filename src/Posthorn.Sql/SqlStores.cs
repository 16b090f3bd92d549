using Posthorn.Access;
using Posthorn.DeadLetters;
using Posthorn.Endpoints;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Recovery;
using Posthorn.Sql.Access;
using Posthorn.Sql.DeadLetters;
using Posthorn.Sql.Endpoints;
using Posthorn.Sql.Events;
using Posthorn.Sql.History;
using Posthorn.Sql.Recovery;
using Posthorn.Stores;

namespace Posthorn.Sql;

/// <summary>The stores of one SQL database.</summary>
public sealed class SqlStores(ISqlDatabase database) : IStores
{
    /// <inheritdoc/>
    public IEndpointStore Endpoints { get; } = new SqlEndpointStore(database);

    /// <inheritdoc/>
    public IApiKeyStore Keys { get; } = new SqlApiKeyStore(database);

    /// <inheritdoc/>
    public IThrottleStore Throttles { get; } = new SqlThrottleStore(database);

    /// <inheritdoc/>
    public IRecoveryStore Recoveries { get; } = new SqlRecoveryStore(database);

    /// <inheritdoc/>
    public IDeadLetterRunStore Runs { get; } = new SqlDeadLetterRunStore(database);

    /// <inheritdoc/>
    public IDeliveryLog Log { get; } = new SqlDeliveryLog(database);

    /// <inheritdoc/>
    public string Name => database.Name;

    /// <inheritdoc/>
    public Task PrepareAsync(CancellationToken cancellationToken) => database.PrepareAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => database.DisposeAsync();
}
