using Posthorn.ContractTests.Stores;
using Posthorn.Sqlite;
using Posthorn.Stores;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>One store file in a folder of its own.</summary>
public sealed class SqliteStoreHarness : StoreHarness
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The stores' file.</summary>
    public string Path => _folder.File("stores.db");

    /// <inheritdoc/>
    public override Task<object?> ReadAsync(string sql) => Task.FromResult(RawFile.Read(Path, sql));

    /// <inheritdoc/>
    protected override IStores OpenCore() => SqliteStores.Open(Path);

    /// <inheritdoc/>
    protected override Task RemoveAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }
}
