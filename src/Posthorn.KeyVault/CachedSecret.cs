using Posthorn.Signing;

namespace Posthorn.KeyVault;

/// <summary>What is known of one name, and the one question about it that may be under way.</summary>
internal sealed class CachedSecret
{
    private readonly Lock _gate = new();
    private Task? _question;
    private volatile Knowledge _knowledge = new([], null, long.MinValue, IsStale: false);

    /// <summary>What is known now.</summary>
    public Knowledge Known => _knowledge;

    /// <summary>When it was last asked for, by the clock's timestamp.</summary>
    public long UsedAt { get; set; }

    /// <summary>The question under way, or a new one; whoever asks shares it, and nobody's leaving ends it.</summary>
    public Task AskOnce(long now, Func<Task<Knowledge>> ask)
    {
        lock (_gate)
        {
            return _knowledge.GoodUntil > now ? Task.CompletedTask : _question ??= AskAsync(ask);
        }
    }

    private async Task AskAsync(Func<Task<Knowledge>> ask)
    {
        await Task.Yield(); // Not under the lock, and the task is noted before it ends.
        try
        {
            _knowledge = await ask();
        }
        finally
        {
            lock (_gate) _question = null;
        }
    }

    /// <summary>An answer and how long it holds.</summary>
    /// <param name="Versions">The versions, the newest first; none when there are none to use.</param>
    /// <param name="Reason">Why there are none.</param>
    /// <param name="GoodUntil">Until when, by the clock's timestamp.</param>
    /// <param name="IsStale">Whether the vault did not answer when it was last asked.</param>
    internal sealed record Knowledge(IReadOnlyList<SecretVersion> Versions, string? Reason, long GoodUntil, bool IsStale)
    {
        /// <summary>The values.</summary>
        public IReadOnlyList<SigningSecret> Values { get; } = [.. Versions.Select(version => version.Value)];
    }
}
