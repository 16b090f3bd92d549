using System.Collections.Concurrent;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.Logging;
using Posthorn.Signing;

namespace Posthorn.KeyVault;

/// <summary>
/// <c>keyvault:NAME</c>. A value is used for <c>keyVault:cacheFor</c>; then the vault is asked again, once for all who wait. While it does
/// not answer, what was had before goes on without an end, and nobody waits for long; what it refuses is refused at once. The version before the newest signs
/// too while the newest is younger than 24 hours.
/// </summary>
public sealed partial class KeyVaultSecretStore : ISecretStore
{
    private const int MostNames = 1000;
    private readonly ConcurrentDictionary<string, CachedSecret> _names = new(StringComparer.OrdinalIgnoreCase); // As Key Vault compares them.
    private readonly VaultReader _vault;
    private readonly KeyVaultOptions _options;
    private readonly string? _withheld;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    internal KeyVaultSecretStore(VaultReader vault, KeyVaultOptions options, string? withheld, TimeProvider clock, ILogger logger) =>
        (_vault, _options, _withheld, _clock, _logger) = (vault, options, withheld, clock, logger);

    /// <inheritdoc/>
    public string Scheme => SecretReference.KeyVaultStore;

    /// <summary>A store of a vault, which need not be reachable yet.</summary>
    /// <param name="vault">The vault.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="withheld">A secret that no reference may name: the one that seals are made with.</param>
    /// <param name="clock">The time.</param>
    /// <param name="logger">Where it is said that the vault is away, and back.</param>
    public static KeyVaultSecretStore Open(Uri vault, KeyVaultOptions options, string? withheld, TimeProvider clock, ILogger<KeyVaultSecretStore> logger) =>
        new(VaultReader.Of(vault, clock), options, withheld, clock, logger);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SigningSecret>> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (!SecretReference.IsVaultName(name)) throw new SecretUnavailableException("Key Vault has no secret of such a name; accepted: 1 to 127 of 0-9, a-z, A-Z and -");
        if (name.Equals(_withheld, StringComparison.OrdinalIgnoreCase)) throw new SecretUnavailableException($"the secret '{name}' of Key Vault seals the queue, and is no one's to send or sign with");

        var cached = CachedOf(name);
        cached.UsedAt = _clock.GetTimestamp();
        if (cached.Known.GoodUntil <= cached.UsedAt) await cached.AskOnceAsync(_clock, KeyVaultOptions.Patience, () => AskAsync(name, cached.Known)).WaitAsync(cancellationToken);
        var known = cached.Known;
        return known.ValuesAt(_clock.GetUtcNow()) is { Count: > 0 } values ? values : throw new SecretUnavailableException(known.Reason ?? "Key Vault was not asked yet");
    }

    private async Task<CachedSecret.Knowledge> AskAsync(string name, CachedSecret.Knowledge before)
    {
        var answer = await _vault.ReadAsync(name, before.Versions, Wanted);
        if (answer is VaultAnswer.Away away && !before.IsStale) LogAway(name, away.Reason, before.Versions.Count > 0 ? "the value of before goes on" : "and there is no value of before");
        if (answer is not VaultAnswer.Away && before.IsStale) LogBack(name);
        return answer switch
        {
            VaultAnswer.Found found => new(found.Versions, null, GoodFor(_options.CacheFor), IsStale: false),
            VaultAnswer.Refused refused => new([], refused.Reason, GoodFor(_options.AskAgainAfter), IsStale: false),
            VaultAnswer.Away none => new(before.Versions, none.Reason, GoodFor(SilenceAfter(none)), IsStale: true),
            _ => throw new InvalidOperationException($"{answer.GetType().Name} is no answer."),
        };
    }

    /// <summary>The newest, and the one before it while the newest is young.</summary>
    private IEnumerable<SecretProperties> Wanted(IReadOnlyList<SecretProperties> usable) =>
        usable.Take(KeyVaultOptions.IsYoung(VaultReader.SinceOf(usable[0]), _clock.GetUtcNow()) ? 2 : 1);

    private TimeSpan SilenceAfter(VaultAnswer.Away away) =>
        away.RetryAfter is { } asked && asked > _options.AskAgainAfter ? TimeSpan.FromTicks(Math.Min(asked.Ticks, KeyVaultOptions.LongestAbsence.Ticks)) : _options.AskAgainAfter;

    private long GoodFor(TimeSpan time) => _clock.GetTimestamp() + (long)(time.TotalSeconds * _clock.TimestampFrequency);

    /// <summary>Whoever may enqueue may name what he likes: one makes room that has no value, else the one that was not used for the longest.</summary>
    private CachedSecret CachedOf(string name)
    {
        if (_names.TryGetValue(name, out var known)) return known;
        if (_names.Count >= MostNames && _names.MinBy(each => (each.Value.Known.Versions.Count > 0, each.Value.UsedAt)) is { Key: { } oldest }) _names.TryRemove(oldest, out _);
        return _names.GetOrAdd(name, _ => new CachedSecret { UsedAt = _clock.GetTimestamp() });
    }

    [LoggerMessage(90, LogLevel.Warning, "The secret '{Name}' cannot be asked for: {Reason}; {Consequence}", EventName = "KeyVaultAway")]
    private partial void LogAway(string name, string reason, string consequence);

    [LoggerMessage(91, LogLevel.Information, "Key Vault answers again for the secret '{Name}'", EventName = "KeyVaultBack")]
    private partial void LogBack(string name);
}
