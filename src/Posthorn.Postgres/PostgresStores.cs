using Posthorn.Sql;
using Posthorn.Stores;

namespace Posthorn.Postgres;

/// <summary>The stores in PostgreSQL 15 or newer, for several machines.</summary>
public static class PostgresStores
{
    /// <summary>Makes the stores, without connecting: the first use connects.</summary>
    /// <exception cref="ArgumentException">The connection string is none; what it holds is not shown.</exception>
    public static IStores Open(PostgresOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!options.IsUsable()) throw new ArgumentException($"The connection string is none; accepted: {PostgresOptions.Accepted}", nameof(options));
        return new SqlStores(new PostgresDatabase(options));
    }
}

/// <summary>The database is not this version's to use; the message says why, in one line. Trying again does not help.</summary>
public sealed class StoreSchemaException(string message, Exception? innerException = null) : Exception(message, innerException);
