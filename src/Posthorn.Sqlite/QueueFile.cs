using Microsoft.Data.Sqlite;

namespace Posthorn.Sqlite;

/// <summary>The file of the embedded queue.</summary>
internal static class QueueFile
{
    /// <summary>"PHRQ".</summary>
    public const int ApplicationId = 0x50485251;

    private static readonly FileKind Kind =
        new(ApplicationId, "queue", "Posthorn.Sqlite.Schema.", (path, problem, cause) => new QueueFileException(path, problem, cause));

    /// <summary>Opens the file, making it when there is none.</summary>
    /// <exception cref="QueueFileException">It cannot be opened, is damaged, or is not this version's to read.</exception>
    public static SqliteFile Open(string path) => SqliteFile.Open(Kind, path);

    /// <summary>SQLite's own words, made useful.</summary>
    public static string Explain(SqliteException exception) => SqliteFile.Explain(exception, Kind);
}

/// <summary>The queue's file cannot be used; the message says why and what to do, in one line.</summary>
public sealed class QueueFileException(string path, string problem, Exception? innerException = null) : Exception($"{path}: {problem}", innerException)
{
    /// <summary>What is wrong with it.</summary>
    public string Problem { get; } = problem;

    /// <summary>The file's full path.</summary>
    public string Path { get; } = path;
}
