using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Signing;

namespace Posthorn.Worker.Sealing;

/// <summary>
/// Seals with keys that all replicas are given: AES-256-GCM under a key of its own for each seal, which names the key it was derived
/// from. The newest key seals, every one of them opens, and what a key ring sealed before there was one is opened with that.
/// </summary>
public sealed class SharedSealer : ISecretSealer
{
    private const string Mark = "psk1.";
    private const int SaltBytes = 16;
    private static readonly TimeSpan ReadAtMostEvery = TimeSpan.FromSeconds(15);

    private readonly Func<Task<IReadOnlyList<SealingKey>>>? _read;
    private readonly ISecretSealer? _before;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();
    private volatile IReadOnlyList<SealingKey> _keys;
    private long _readAt;

    /// <summary>A sealer with keys.</summary>
    /// <param name="keys">The newest first; at least one.</param>
    /// <param name="read">Reads them again when a seal names one that is not among them; null when they cannot change.</param>
    /// <param name="before">Opens what was sealed before there were keys; null when there is no such thing.</param>
    /// <param name="clock">The time.</param>
    public SharedSealer(IReadOnlyList<SealingKey> keys, Func<Task<IReadOnlyList<SealingKey>>>? read, ISecretSealer? before, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        (_keys, _read, _before, _clock, _readAt) = (keys, read, before, clock, clock.GetTimestamp());
    }

    /// <summary>The reading again that is under way, or was.</summary>
    internal Task Reading { get; private set; } = Task.CompletedTask;

    /// <inheritdoc/>
    public string Seal(string plaintext)
    {
        ArgumentNullException.ThrowIfNull(plaintext);
        var key = _keys[0];
        var clear = Encoding.UTF8.GetBytes(plaintext);
        var box = new byte[SaltBytes + SealedBox.Overhead + clear.Length];
        RandomNumberGenerator.Fill(box.AsSpan(0, SaltBytes));
        using var cipher = SealedBox.Cipher(key.Derive(box.AsSpan(0, SaltBytes)));
        SealedBox.Seal(cipher, clear, Bound(key), box.AsSpan(SaltBytes));
        return $"{Mark}{key.Id}.{Base64Url.EncodeToString(box)}";
    }

    /// <inheritdoc/>
    public string Unseal(string sealedText)
    {
        ArgumentNullException.ThrowIfNull(sealedText);
        if (!sealedText.StartsWith(Mark, StringComparison.Ordinal))
            return _before?.Unseal(sealedText) ?? throw new SecretUnavailableException("the sealed secret was not sealed with a key of sealing:key");

        var id = sealedText[Mark.Length..].Split('.')[0];
        if (_keys.FirstOrDefault(key => key.Id == id) is not { } found)
        {
            ReadAgain();
            throw new SecretUnavailableException("the sealed secret was sealed with a key that is not among those of sealing:key");
        }

        return Open(found, sealedText[(Mark.Length + id.Length)..].TrimStart('.'));
    }

    private static string Open(SealingKey key, string boxed)
    {
        try
        {
            var box = SealedBox.Read(boxed);
            if (box.Length < SaltBytes) throw new CryptographicException("The box is too short.");
            using var cipher = SealedBox.Cipher(key.Derive(box.AsSpan(0, SaltBytes)));
            return Encoding.UTF8.GetString(SealedBox.Open(cipher, box.AsSpan(SaltBytes), Bound(key)));
        }
        catch (CryptographicException)
        {
            throw new SecretUnavailableException("the sealed secret is damaged");
        }
    }

    private static byte[] Bound(SealingKey key) => Encoding.ASCII.GetBytes(Mark + key.Id);

    /// <summary>Another replica may have a newer key. Nobody waits for it here: the next attempt finds it.</summary>
    private void ReadAgain()
    {
        lock (_gate)
        {
            if (_read is null || !Reading.IsCompleted || _clock.GetElapsedTime(_readAt) < ReadAtMostEvery) return;
            _readAt = _clock.GetTimestamp();
            Reading = ReadAsync(_read);
        }
    }

    private async Task ReadAsync(Func<Task<IReadOnlyList<SealingKey>>> read)
    {
        await Task.Yield(); // Not under the lock.
        try
        {
            _keys = await read();
        }
        catch (SecretUnavailableException)
        {
            // The keys of before go on.
        }
    }
}
