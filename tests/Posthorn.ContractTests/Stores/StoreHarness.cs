using Posthorn.Stores;

namespace Posthorn.ContractTests.Stores;

/// <summary>One empty database of one adapter, made for one fact and removed after it.</summary>
public abstract class StoreHarness : IAsyncDisposable
{
    private readonly List<IStores> _opened = [];

    /// <summary>Makes the database. Skips the fact when there is no server to make it on.</summary>
    public virtual Task CreateAsync() => Task.CompletedTask;

    /// <summary>Opens the stores, and opens them again as another process would.</summary>
    public IStores Open()
    {
        var stores = OpenCore();
        _opened.Add(stores);
        return stores;
    }

    /// <summary>Closes what was opened.</summary>
    public async Task CloseAsync()
    {
        foreach (var stores in _opened) await stores.DisposeAsync();
        _opened.Clear();
    }

    /// <summary>Reads one value past the stores.</summary>
    public abstract Task<object?> ReadAsync(string sql);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await RemoveAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract IStores OpenCore();

    protected abstract Task RemoveAsync();
}
