using Posthorn.Signing;

namespace Posthorn.KeyVault;

/// <summary>What is known of one name, and the one question about it that may be under way.</summary>
internal sealed class CachedSecret
{
    private readonly Lock _gate = new();
    private Question? _question;
    private volatile Knowledge _knowledge = new([], null, long.MinValue, IsStale: false);

    /// <summary>What is known now.</summary>
    public Knowledge Known => _knowledge;

    /// <summary>When it was last asked for, by the clock's timestamp.</summary>
    public long UsedAt { get; set; }

    /// <summary>
    /// Waits for the question under way, or a new one; whoever asks shares it, and nobody's leaving ends it. Who has something to go on
    /// with waits only until the question is as old as its patience.
    /// </summary>
    public Task AskOnceAsync(TimeProvider clock, TimeSpan patience, Func<Task<Knowledge>> ask)
    {
        lock (_gate)
        {
            if (_knowledge.GoodUntil > clock.GetTimestamp()) return Task.CompletedTask;
            _question ??= Question.Of(AskAsync(ask), clock, patience);
            return _knowledge.Versions.Count > 0 ? _question.Patience : _question.Answer;
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

    /// <summary>A question under way.</summary>
    /// <param name="Answer">Ends with it.</param>
    /// <param name="Patience">Ends with it too, or before.</param>
    private sealed record Question(Task Answer, Task Patience)
    {
        public static Question Of(Task answer, TimeProvider clock, TimeSpan patience) => new(answer, Task.WhenAny(answer, Task.Delay(patience, clock)));
    }

    /// <summary>An answer and how long it holds.</summary>
    /// <param name="Versions">The versions, the newest first; none when there are none to use.</param>
    /// <param name="Reason">Why there are none.</param>
    /// <param name="GoodUntil">Until when, by the clock's timestamp.</param>
    /// <param name="IsStale">Whether the vault did not answer when it was last asked.</param>
    internal sealed record Knowledge(IReadOnlyList<SecretVersion> Versions, string? Reason, long GoodUntil, bool IsStale)
    {
        /// <summary>The values that are to be used at a time: the one before the newest only while that is young.</summary>
        public IReadOnlyList<SigningSecret> ValuesAt(DateTimeOffset now) =>
            [.. Versions.Take(Versions.Count > 0 && KeyVaultOptions.IsYoung(Versions[0].Since, now) ? 2 : 1).Select(version => version.Value)];
    }
}
