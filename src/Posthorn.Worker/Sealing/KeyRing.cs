using System.Diagnostics;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Queues;
using Posthorn.Signing;

namespace Posthorn.Worker.Sealing;

/// <summary>
/// Seals with keys that ASP.NET Core Data Protection wraps; its own lie in a folder beside the queue's file that only its owner can read,
/// and every process that opens the queue shares them.
/// </summary>
public sealed class KeyRing : ISecretSealer
{
    private const string Purpose = "posthorn.envelope.secrets.v1";
    private const string KeyPurpose = "posthorn.envelope.keys.v1";
    private static readonly TimeSpan ReloadAtMostEvery = TimeSpan.FromSeconds(1);
    private readonly DirectoryInfo _folder;
    private readonly Lock _gate = new();
    private long _loadedAt;
    private readonly bool _makesKeys;
    private readonly DataKeys _keys = new();
    private volatile Protectors _protectors;

    private KeyRing(DirectoryInfo folder, bool makesKeys)
    {
        (_folder, _makesKeys) = (folder, makesKeys);
        _protectors = Load(folder, makesKeys);
    }

    /// <summary>Opens the ring of a queue's file, making it when there is none; only its owner can read it, whoever made the folder.</summary>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static KeyRing Open(string queuePath)
    {
        var folder = Directory.CreateDirectory(queuePath + ".keys");
        if (!OperatingSystem.IsWindows()) folder.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        return new KeyRing(folder, makesKeys: true);
    }

    /// <summary>Opens a ring to open what it sealed, and writes nothing to it; null when there is none.</summary>
    public static KeyRing? OpenExisting(string queuePath)
    {
        var folder = new DirectoryInfo(queuePath + ".keys");
        return folder.Exists ? new KeyRing(folder, makesKeys: false) : null;
    }

    /// <inheritdoc/>
    public string Seal(string plaintext)
    {
        try
        {
            return _keys.Seal(plaintext, _protectors.OfKeys);
        }
        catch (Exception broken) when (broken is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new QueueUnavailableException($"its key ring {_folder.FullName} cannot be used", broken);
        }
    }

    /// <inheritdoc/>
    public string Unseal(string sealedText) => TryUnseal(sealedText) ?? TryUnsealReloaded(sealedText)
        ?? throw new SecretUnavailableException($"the sealed secret cannot be opened with the key ring {_folder.FullName}");

    private string? TryUnseal(string sealedText)
    {
        try
        {
            var (ofTexts, ofKeys) = _protectors;
            return DataKey.TrySplit(sealedText, out var wrapped, out var box) ? _keys.Open(wrapped, box, ofKeys) : ofTexts.Unprotect(sealedText);
        }
        catch (CryptographicException)
        {
            return null;
        }
        catch (InvalidOperationException) when (!_makesKeys)
        {
            return null; // The folder holds no key.
        }
    }

    /// <summary>Reads the ring again, as another process may have made a key; not more often than is of use against rubbish.</summary>
    private string? TryUnsealReloaded(string sealedText)
    {
        lock (_gate)
        {
            if (Stopwatch.GetElapsedTime(_loadedAt) >= ReloadAtMostEvery) (_protectors, _loadedAt) = (Load(_folder, _makesKeys), Stopwatch.GetTimestamp());
        }

        return TryUnseal(sealedText);
    }

    private static Protectors Load(DirectoryInfo folder, bool makesKeys)
    {
        var provider = DataProtectionProvider.Create(folder, ring => ring
            .SetApplicationName("posthorn")
            .Services.Configure<KeyManagementOptions>(options => (options.XmlRepository, options.AutoGenerateKeys) = (new OwnerOnlyRepository(folder), makesKeys)));
        return new Protectors(provider.CreateProtector(Purpose), provider.CreateProtector(KeyPurpose));
    }

    /// <param name="OfTexts">Of what was sealed before there were data keys.</param>
    /// <param name="OfKeys">Of data keys.</param>
    private sealed record Protectors(IDataProtector OfTexts, IDataProtector OfKeys);

    /// <summary>Key files with mode 0600, in a folder with mode 0700.</summary>
    private sealed class OwnerOnlyRepository(DirectoryInfo folder) : FileSystemXmlRepository(folder, NullLoggerFactory.Instance)
    {
        public override void StoreElement(System.Xml.Linq.XElement element, string friendlyName)
        {
            base.StoreElement(element, friendlyName);
            if (OperatingSystem.IsWindows()) return;
            foreach (var file in Directory.EnumerateFiles("*.xml")) file.UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
    }
}
