using Posthorn.Postgres;
using Posthorn.Settings;
using Posthorn.Sqlite;
using Posthorn.Stores;

namespace Posthorn.Worker.Composition;

/// <summary>The stores of the configuration.</summary>
internal static class OpenStores
{
    /// <summary>Opens the embedded stores, or sets up those of PostgreSQL, which need not be reachable yet.</summary>
    /// <exception cref="SettingsException">The file cannot be used.</exception>
    public static IStores Open(WorkerSettings settings)
    {
        if (settings.Store.Postgres is { } postgres) return PostgresStores.Open(postgres);
        try
        {
            return SqliteStores.Open(settings.Store.SqlitePath);
        }
        catch (StoreFileException refused)
        {
            throw new SettingsException("store:sqlite:path", $"'{refused.Path}' cannot be used: {refused.Problem}", "the path of a store, or of a file that can be made");
        }
    }

    /// <summary>Opens the stores for a command, which needs them now.</summary>
    /// <exception cref="SettingsException">The file cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">The database cannot be reached.</exception>
    public static async Task<IStores> OpenPreparedAsync(WorkerSettings settings, CancellationToken cancellationToken)
    {
        var stores = Open(settings);
        try
        {
            await stores.PrepareAsync(cancellationToken);
            return stores;
        }
        catch
        {
            await stores.DisposeAsync();
            throw;
        }
    }
}
