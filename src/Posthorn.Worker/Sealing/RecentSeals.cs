using System.Collections.Concurrent;
using Posthorn.Signing;

namespace Posthorn.Worker.Sealing;

/// <summary>
/// Remembers for a minute what was sealed and what was opened: a destination's secrets come with each of its messages. What one process
/// accepts within a minute with the same secrets carries the same sealed text: whoever reads the queue sees that they are the same, and not what.
/// </summary>
internal sealed class RecentSeals(ISecretSealer sealer, TimeProvider clock) : ISecretSealer
{
    private readonly RecentTexts _sealed = new(sealer.Seal, clock);
    private readonly RecentTexts _opened = new(sealer.Unseal, clock);

    /// <inheritdoc/>
    public string Seal(string plaintext) => _sealed.Of(plaintext);

    /// <inheritdoc/>
    public string Unseal(string sealedText) => _opened.Of(sealedText);

    /// <summary>Texts and what was made of them; all are forgotten together, after a minute or when they are many.</summary>
    private sealed class RecentTexts(Func<string, string> make, TimeProvider clock)
    {
        private const int MostKept = 1000;
        private const int LongestKept = 4096; // Characters; an exported message's body is sealed too.
        private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);
        private volatile Page _page = new(clock.GetTimestamp());

        public string Of(string text)
        {
            ArgumentNullException.ThrowIfNull(text);
            if (text.Length > LongestKept) return make(text);
            var page = Current();
            if (page.Texts.TryGetValue(text, out var known)) return known;
            var made = make(text);
            if (page.Texts.TryAdd(text, made)) Interlocked.Increment(ref page.Count);
            return made;
        }

        private Page Current()
        {
            var page = _page;
            return page.Count < MostKept && clock.GetElapsedTime(page.Since) < Lifetime ? page : _page = new Page(clock.GetTimestamp());
        }
    }

    private sealed class Page(long since)
    {
        public int Count;

        public long Since => since;

        public ConcurrentDictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);
    }
}
