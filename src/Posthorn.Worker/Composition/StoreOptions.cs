using Posthorn.Postgres;
using Posthorn.Settings;

namespace Posthorn.Worker.Composition;

/// <summary>Where endpoints, keys and the delivery log are kept. Section <c>store</c>.</summary>
public sealed record StoreOptions
{
    /// <summary>The embedded store's file. Default: beside the queue's file, <c>posthorn.store.db</c> beside <c>posthorn.db</c>.</summary>
    public required string SqlitePath { get; init; }

    /// <summary>The PostgreSQL store; null when the embedded one is used, which is the default.</summary>
    public PostgresOptions? Postgres { get; init; }

    /// <summary>Reads the section <c>store</c>.</summary>
    /// <param name="store">The section.</param>
    /// <param name="queuePath">The queue's file, which the embedded store's lies beside.</param>
    public static StoreOptions From(SettingsSection store, string queuePath)
    {
        ArgumentNullException.ThrowIfNull(store);
        store.AcceptOnly("kind", "sqlite", "postgres");
        var sqlite = store.Child("sqlite");
        sqlite.AcceptOnly("path");
        var kind = store.Choice("kind", StoreKind.Sqlite);
        var postgres = store.Child("postgres");
        postgres.AcceptOnly("connectionString", "azureIdentity");
        return new StoreOptions
        {
            SqlitePath = sqlite.Text("path") is { Length: > 0 } path ? path : Path.ChangeExtension(queuePath, ".store.db"),
            Postgres = kind == StoreKind.Postgres ? PostgresOptions.From(postgres) : null,
        };
    }
}

/// <summary>The stores there are.</summary>
public enum StoreKind
{
    /// <summary>One SQLite file, for the workers of one machine.</summary>
    Sqlite,

    /// <summary>A PostgreSQL database, for several replicas.</summary>
    Postgres,
}
