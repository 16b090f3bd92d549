using Posthorn.Stores;

namespace Posthorn.Tests.Support;

/// <summary>What the stores in memory have in common: one at a time, and away when a test says so.</summary>
internal abstract class MemoryStore
{
    private volatile bool _isAway;
    private int _calls;

    /// <summary>Whether every call fails as it does when the database is gone.</summary>
    public bool IsAway
    {
        get => _isAway;
        set => _isAway = value;
    }

    /// <summary>How often it was asked, in vain or not.</summary>
    public int Calls => Volatile.Read(ref _calls);

    protected Lock Gate { get; } = new();

    protected Task<T> Answer<T>(Func<T> answer)
    {
        Interlocked.Increment(ref _calls);
        if (IsAway) return Task.FromException<T>(new StoreUnavailableException("the store is away"));
        try
        {
            lock (Gate) return Task.FromResult(answer());
        }
        catch (Exception failure)
        {
            return Task.FromException<T>(failure);
        }
    }
}
