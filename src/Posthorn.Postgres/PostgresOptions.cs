using Npgsql;
using Posthorn.Settings;

namespace Posthorn.Postgres;

/// <summary>The stores in PostgreSQL.</summary>
public sealed record PostgresOptions
{
    /// <summary>What a connection string may be.</summary>
    internal const string Accepted = "Host=…;Database=…;Username=…;Password=…, as Npgsql reads it";
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestCommand = TimeSpan.FromSeconds(30);

    /// <summary>Npgsql's connection string. It may hold a password: it is never shown.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// Whether the password is a token of Azure's identity (managed identity, workload identity, the developer's own). Default: false.
    /// </summary>
    public bool AzureIdentity { get; init; }

    /// <summary>Reads a section with <c>connectionString</c> and <c>azureIdentity</c>.</summary>
    public static PostgresOptions From(SettingsSection postgres)
    {
        ArgumentNullException.ThrowIfNull(postgres);
        postgres.AcceptOnly("connectionString", "azureIdentity");
        var options = new PostgresOptions { ConnectionString = postgres.Text("connectionString") ?? "", AzureIdentity = postgres.Flag("azureIdentity", false) };
        return options.IsUsable() ? options : postgres.Wrong("connectionString", "…", Accepted, options);
    }

    /// <summary>The host and the database, without a password.</summary>
    public override string ToString() => IsUsable() ? Place(Read()) : "PostgreSQL";

    /// <summary>Whether Npgsql reads the connection string, and it leads to a host.</summary>
    internal bool IsUsable()
    {
        try
        {
            return !string.IsNullOrWhiteSpace(Read().Host);
        }
        catch (ArgumentException)
        {
            return false; // Its message may hold a part of the password.
        }
    }

    /// <summary>The connection string with what this product needs of every connection.</summary>
    internal NpgsqlConnectionStringBuilder Complete()
    {
        var builder = Read();
        builder.Timeout = Bounded(builder.Timeout, LongestConnect);
        builder.CommandTimeout = Bounded(builder.CommandTimeout, LongestCommand);
        builder.ApplicationName ??= "posthorn";
        builder.IncludeErrorDetail = false; // The details hold values of rows.
        if (!AzureIdentity) return builder;

        builder.Password = null;
        if (builder.SslMode is SslMode.Prefer or SslMode.Allow or SslMode.Disable) builder.SslMode = SslMode.Require; // A token is a secret.
        return builder;
    }

    /// <summary>Where a connection string leads.</summary>
    internal static string Place(NpgsqlConnectionStringBuilder builder) => $"{builder.Host}:{builder.Port}/{builder.Database ?? builder.Username}";

    /// <summary>No longer than this; Npgsql takes 0 for ever.</summary>
    private static int Bounded(int seconds, TimeSpan longest) => seconds == 0 ? (int)longest.TotalSeconds : Math.Min(seconds, (int)longest.TotalSeconds);

    private NpgsqlConnectionStringBuilder Read() => new(ConnectionString);
}
