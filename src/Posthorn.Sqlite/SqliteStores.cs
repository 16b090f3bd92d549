using Microsoft.Data.Sqlite;
using Posthorn.Sql;
using Posthorn.Stores;

namespace Posthorn.Sqlite;

/// <summary>The embedded stores: one SQLite file, apart from the queue's, which several processes of one machine may use at once.</summary>
public static class SqliteStores
{
    /// <summary>Opens the stores, making the file when there is none, and brings it to this version's schema.</summary>
    /// <exception cref="StoreFileException">The file cannot be used.</exception>
    public static IStores Open(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var file = StoreFile.Open(path);
        try
        {
            return new SqlStores(new SqliteDatabase(file));
        }
        catch (SqliteException broken)
        {
            throw new StoreFileException(file.Path, file.Explain(broken), broken);
        }
    }
}
