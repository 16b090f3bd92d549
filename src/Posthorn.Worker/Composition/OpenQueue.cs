using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Diagnostics;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Settings;
using Posthorn.Signing;
using Posthorn.Sqlite;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Sealing;

namespace Posthorn.Worker.Composition;

/// <summary>The queue of the configuration with what its messages are sealed by; every command that needs the queue opens it here.</summary>
public sealed class OpenQueue : IDisposable
{
    private readonly OpenedQueue _opened;

    private OpenQueue(OpenedQueue opened, ISecretSealer sealer, SecretStores secrets, EnvelopeBuilder builder) => (_opened, Sealer, Secrets, Builder) = (opened, sealer, secrets, builder);

    /// <summary>The queue.</summary>
    public IDeliveryQueue Queue => field ??= new ObservedQueue(_opened.Queue);

    /// <summary>Its dead letters.</summary>
    public IDeadLetterQueue DeadLetters => field ??= new ObservedDeadLetters(_opened.DeadLetters);

    /// <summary>Opens what Azure's SDKs ask of the embedded queue beyond the port; null of another one. It is the caller's to dispose of.</summary>
    public SqliteBroker? OpenBroker() => _opened.Queue is SqliteQueue queue ? new SqliteBroker(queue) : null;

    /// <summary>Where it is, as it may be shown.</summary>
    public string Name => _opened.Name;

    /// <summary>What secrets are sealed by.</summary>
    public ISecretSealer Sealer { get; }

    /// <summary>Where references may point into.</summary>
    public SecretStores Secrets { get; }

    /// <summary>Judges and composes envelopes.</summary>
    public EnvelopeBuilder Builder { get; }

    /// <summary>Opens the queue, making it when there is none.</summary>
    /// <exception cref="SettingsException">The queue or its key ring cannot be used.</exception>
    public static OpenQueue Open(WorkerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        try
        {
            var sealer = new RecentSeals(OpenSealer.Open(settings), TimeProvider.System);
            return new OpenQueue(settings.Queue.Open(), sealer, SecretSources.Open(settings, NullLoggerFactory.Instance), new EnvelopeBuilder(settings.Profiles, settings.Network));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException(settings.Queue.LocalPathKey, $"the key ring beside '{settings.Queue.LocalPath}' cannot be used: {refused.Message}", "a path in a folder that can be written");
        }
    }

    /// <summary>Opens the queue for a worker, which must be able to seal before it says that it is up.</summary>
    /// <exception cref="SettingsException">The queue or its key ring cannot be used.</exception>
    public static OpenQueue OpenToServe(WorkerSettings settings)
    {
        var open = Open(settings);
        try
        {
            open.Sealer.Unseal(open.Sealer.Seal("probe"));
            return open;
        }
        catch (Exception refused) when (refused is QueueUnavailableException or SecretUnavailableException)
        {
            open.Dispose();
            throw CannotSeal(settings, refused);
        }
    }

    /// <summary>What is wrong where the seal just made does not open: the shared key, or else the ring beside the queue.</summary>
    internal static SettingsException CannotSeal(WorkerSettings settings, Exception refused) => settings.Sealing.IsShared
        ? new SettingsException(SealingOptions.KeySetting, refused.Message, SealingKey.Accepted)
        : new SettingsException(settings.Queue.LocalPathKey, refused.Message, "a path beside which the key ring can be read and written");

    /// <summary>Opens the queue only if there is one: a command that looks must not make an empty one by a mistyped path.</summary>
    /// <exception cref="SettingsException">There is none, or it cannot be used.</exception>
    public static OpenQueue OpenExisting(WorkerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        settings.Queue.MustExist();
        return Open(settings);
    }

    /// <summary>The way in for producers' envelopes.</summary>
    public EnvelopeIntake Intake() => new(Builder, Sealer, Secrets, TimeProvider.System);

    /// <inheritdoc/>
    public void Dispose() => _opened.Closing.Dispose();
}
