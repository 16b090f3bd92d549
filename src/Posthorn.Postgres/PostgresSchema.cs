using System.Globalization;
using System.Reflection;
using Posthorn.Sql;

namespace Posthorn.Postgres;

/// <summary>The schema and its versions, which the table <c>posthorn_schema</c> holds.</summary>
internal static class PostgresSchema
{
    private const long Lock = 0x50485253; // "PHRS": of processes that start at once, one migrates and the others wait.
    private static readonly (int Version, string Script)[] Migrations = ReadMigrations();

    /// <summary>Whether there is nothing to do.</summary>
    /// <exception cref="StoreSchemaException">The database is a newer version's.</exception>
    public static async Task<bool> IsCurrentAsync(SqlSession sql)
    {
        var tables = await sql.NumberAsync("SELECT count(*) FROM pg_class WHERE oid = to_regclass('posthorn_schema')");
        return tables > 0 && await VersionAsync(sql) == Migrations[^1].Version;
    }

    /// <summary>Runs what is missing.</summary>
    /// <returns>How many scripts were run.</returns>
    public static async Task<int> MigrateAsync(SqlSession sql)
    {
        await sql.ExecuteAsync("SELECT pg_advisory_xact_lock(@Lock)", new { Lock });
        await sql.ExecuteAsync("CREATE TABLE IF NOT EXISTS posthorn_schema (version BIGINT PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())");
        var version = await VersionAsync(sql);
        var missing = Migrations.Where(migration => migration.Version > version).ToList();
        foreach (var (next, script) in missing)
        {
            await sql.ExecuteAsync(script);
            await sql.ExecuteAsync("INSERT INTO posthorn_schema (version) VALUES (@next)", new { next });
        }

        return missing.Count;
    }

    private static async Task<long> VersionAsync(SqlSession sql)
    {
        var version = await sql.NumberAsync("SELECT coalesce(max(version), 0) FROM posthorn_schema");
        if (version <= Migrations[^1].Version) return version;
        throw new StoreSchemaException($"the database was written by a newer Posthorn (schema {version}; this version knows {Migrations[^1].Version})");
    }

    private static (int Version, string Script)[] ReadMigrations()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return [.. assembly.GetManifestResourceNames().Order(StringComparer.Ordinal).Select(Read)];

        (int, string) Read(string name)
        {
            using var stream = assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded.");
            using var reader = new StreamReader(stream);
            return (int.Parse(name.Split('.')[^2].Split('-')[0], CultureInfo.InvariantCulture), reader.ReadToEnd());
        }
    }
}
