using Posthorn.Envelopes;
using Posthorn.Settings;
using Posthorn.Sqlite;
using Posthorn.Worker.Sealing;

namespace Posthorn.Worker.Composition;

/// <summary>The queue of the configuration with what its messages are sealed by; every command that needs the queue opens it here.</summary>
public sealed record OpenQueue(SqliteQueue Queue, KeyRing KeyRing, EnvelopeBuilder Builder) : IDisposable
{
    /// <summary>Opens the queue, making it when there is none.</summary>
    /// <exception cref="SettingsException">The file or its folder cannot be used.</exception>
    public static OpenQueue Open(WorkerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        try
        {
            var keyRing = KeyRing.Open(Path.GetFullPath(settings.Queue.Path));
            return new OpenQueue(SqliteQueue.Open(settings.Queue, TimeProvider.System), keyRing, new EnvelopeBuilder(settings.Profiles, settings.Network));
        }
        catch (QueueFileException refused)
        {
            throw new SettingsException("queue:sqlite:path", $"'{refused.Path}' cannot be used: {refused.Problem}", "the path of a queue, or of a file that can be made");
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException("queue:sqlite:path", $"the key ring beside '{settings.Queue.Path}' cannot be used: {refused.Message}", "a path in a folder that can be written");
        }
    }

    /// <summary>Opens the queue for a worker, which must be able to seal before it says that it is up.</summary>
    /// <exception cref="SettingsException">The file, its folder or its key ring cannot be used.</exception>
    public static OpenQueue OpenToServe(WorkerSettings settings)
    {
        var open = Open(settings);
        try
        {
            open.KeyRing.Unseal(open.KeyRing.Seal("probe"));
            return open;
        }
        catch (Exception refused) when (refused is Queues.QueueUnavailableException or Signing.SecretUnavailableException)
        {
            open.Dispose();
            throw new SettingsException("queue:sqlite:path", refused.Message, "a path beside which the key ring can be read and written");
        }
    }

    /// <summary>Opens the queue only if there is one: a command that looks must not make an empty one by a mistyped path.</summary>
    /// <exception cref="SettingsException">There is none, or it cannot be used.</exception>
    public static OpenQueue OpenExisting(WorkerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var path = Path.GetFullPath(settings.Queue.Path);
        return File.Exists(path) ? Open(settings) : throw new SettingsException("queue:sqlite:path", $"there is no queue at '{path}'", "the path of the worker's queue");
    }

    /// <summary>The way in for producers' envelopes.</summary>
    public EnvelopeIntake Intake() => new(Builder, KeyRing, TimeProvider.System);

    /// <inheritdoc/>
    public void Dispose() => Queue.Dispose();
}
