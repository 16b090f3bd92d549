using System.Globalization;
using Microsoft.Data.Sqlite;
using Posthorn.Diagnostics;

namespace Posthorn.Sqlite;

/// <summary>A file of ours: how it is opened, recognised, checked and brought to this version's schema.</summary>
internal sealed class SqliteFile
{
    private const long MaxCheckedBytes = 32 * 1024 * 1024;
    private const int PageBytes = 8192; // Of new files: a page is written, and logged, by itself, and one of SQLite's usual 4 KiB holds two messages.
    private const int StablePlans = 1007; // SQLITE_DBCONFIG_ENABLE_QPSG: else a statement with a bound LIMIT is prepared anew each time.

    private readonly FileKind _kind;
    private readonly string _connectionString;

    static SqliteFile()
    {
        SQLitePCL.Batteries_V2.Init();
        _ = SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MEMSTATUS, 0); // A lock at each allocation, for figures that nobody reads.
        _ = SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MULTITHREAD); // No lock at each call either: no connection is used by two threads at once.
    }

    private SqliteFile(FileKind kind, string path)
    {
        (_kind, Path) = (kind, path);
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = 1, // busy_timeout below does the waiting, in finer steps than the client's.
        }.ToString();
    }

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Opens the file, making it when there is none.</summary>
    /// <exception cref="Exception">The kind's refusal: it cannot be opened, is damaged, or is not this version's to read.</exception>
    public static SqliteFile Open(FileKind kind, string path)
    {
        var file = new SqliteFile(kind, System.IO.Path.GetFullPath(path));
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file.Path) ?? ".");
            file.RefuseTruncated();
            file.MakeForOwnerOnly();
            using (var stranger = file.Open()) file.Recognise(stranger);
            using var connection = file.Connect();
            if (SQLitePCL.raw.sqlite3_db_readonly(connection.Handle, "main") == 1) throw file.Refusal("the file or its folder may not be written");
            file.Check(connection);
            file.Migrate(connection);
            return file;
        }
        catch (SqliteException broken)
        {
            throw file.Refusal(file.Explain(broken), broken);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw file.Refusal(refused.Message, refused);
        }
    }

    /// <summary>A connection with the settings that every one has: durable at each commit, unless it is tuned to something else.</summary>
    public SqliteConnection Connect(string tuning = "")
    {
        var connection = Open();
        try
        {
            Execute(connection, $"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; {tuning}");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private int Newest => _kind.Migrations[^1].Version;

    /// <summary>A connection that changes nothing yet, and is patient with other processes.</summary>
    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            connection.Open();
            _ = SQLitePCL.raw.sqlite3_db_config(connection.Handle, StablePlans, 1, out _);
            Execute(connection, $"PRAGMA busy_timeout = 5000; PRAGMA page_size = {PageBytes};");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>SQLite's own words, made useful.</summary>
    public string Explain(SqliteException exception) => Explain(exception, _kind);

    /// <inheritdoc cref="Explain(SqliteException)"/>
    public static string Explain(SqliteException exception, FileKind kind) => exception.SqliteErrorCode switch
    {
        SQLitePCL.raw.SQLITE_CORRUPT => $"the file is damaged; restore it from a backup, or move it away to start with an empty {kind.Noun}",
        SQLitePCL.raw.SQLITE_NOTADB => $"the file is not a Posthorn {kind.Noun}, or is damaged; restore it from a backup, or move it away",
        SQLitePCL.raw.SQLITE_CANTOPEN => "the file cannot be opened or made; check that the folder exists and may be written",
        SQLitePCL.raw.SQLITE_READONLY => "the file or its folder may not be written",
        SQLitePCL.raw.SQLITE_FULL => "the disk is full",
        SQLitePCL.raw.SQLITE_BUSY => "another process holds the file's write lock",
        SQLitePCL.raw.SQLITE_IOERR => $"the disk reports an error ({exception.SqliteExtendedErrorCode})",
        _ => exception.Message,
    };

    private static string NameOf(long applicationId) => applicationId switch
    {
        QueueFile.ApplicationId => "a Posthorn queue",
        StoreFile.ApplicationId => "a Posthorn store",
        _ => "a database of another program",
    };

    private Exception Refusal(string problem, Exception? cause = null) => _kind.Refusal(Path, problem, cause);

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    /// <summary>SQLite would take an empty file for a new one, and throw the log beside it away with what was accepted.</summary>
    private void RefuseTruncated()
    {
        var (file, log) = (new FileInfo(Path), new FileInfo(Path + "-wal"));
        if (file is { Exists: true, Length: 0 } && log is { Exists: true, Length: > 0 })
            throw Refusal($"the file is empty but {log.Name} beside it is not; restore the file from a backup, or move both away");
    }

    /// <summary>What is delivered is nobody else's to read: a new file has mode 0600, and SQLite gives the files beside it the same.</summary>
    private void MakeForOwnerOnly()
    {
        if (OperatingSystem.IsWindows() || System.IO.Path.Exists(Path)) return;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using var made = new FileStream(Path, options);
    }

    private void Recognise(SqliteConnection connection)
    {
        var isEmpty = Number(connection, "SELECT count(*) FROM sqlite_master") == 0;
        var owner = Number(connection, "PRAGMA application_id");
        if (!isEmpty && owner != _kind.ApplicationId) throw Refusal($"the file is {NameOf(owner)}; choose another path");
        var version = Number(connection, "PRAGMA user_version");
        if (version > Newest)
            throw Refusal($"the file was written by a newer Posthorn (schema {version}; this version knows {Newest})");
    }

    /// <summary>Looks through a small file whole; a large one would hold up the start, and its damage shows when the page is read.</summary>
    private void Check(SqliteConnection connection)
    {
        if (new FileInfo(Path).Length > MaxCheckedBytes) return;
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA quick_check(1)";
        if (command.ExecuteScalar() is string answer && answer != "ok")
            throw Refusal($"the file is damaged ({answer.ReplaceLineEndings(" ")}); restore it from a backup, or move it away to start with an empty {_kind.Noun}");
    }

    /// <summary>Runs what is missing, in one transaction; of two processes that start at once, the second finds nothing to do.</summary>
    private void Migrate(SqliteConnection connection)
    {
        if (Number(connection, "PRAGMA user_version") == Newest) return;
        using var transaction = connection.BeginTransaction(deferred: false);
        var version = Number(connection, "PRAGMA user_version");
        foreach (var (next, script) in _kind.Migrations.Where(migration => migration.Version > version))
            Execute(connection, $"{script}; PRAGMA user_version = {next}; PRAGMA application_id = {_kind.ApplicationId};");
        FailPoint.Hit(QueuePoints.Migrating);
        transaction.Commit();
    }
}
