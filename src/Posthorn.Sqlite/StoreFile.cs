namespace Posthorn.Sqlite;

/// <summary>The file of the embedded stores.</summary>
internal static class StoreFile
{
    /// <summary>"PHRS".</summary>
    public const int ApplicationId = 0x50485253;

    private static readonly FileKind Kind =
        new(ApplicationId, "store", "Posthorn.Sqlite.Schema.stores.", (path, problem, cause) => new StoreFileException(path, problem, cause));

    /// <summary>Opens the file, making it when there is none.</summary>
    /// <exception cref="StoreFileException">It cannot be opened, is damaged, or is not this version's to read.</exception>
    public static SqliteFile Open(string path) => SqliteFile.Open(Kind, path);
}

/// <summary>The stores' file cannot be used; the message says why and what to do, in one line.</summary>
public sealed class StoreFileException(string path, string problem, Exception? innerException = null) : Exception($"{path}: {problem}", innerException)
{
    /// <summary>What is wrong with it.</summary>
    public string Problem { get; } = problem;

    /// <summary>The file's full path.</summary>
    public string Path { get; } = path;
}
