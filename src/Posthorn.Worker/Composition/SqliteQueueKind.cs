using Posthorn.Settings;
using Posthorn.Sqlite;

namespace Posthorn.Worker.Composition;

/// <summary>The embedded queue.</summary>
internal sealed class SqliteQueueKind(SqliteQueueOptions options) : IQueueKind
{
    private const string PathKey = "queue:sqlite:path";

    public TimeSpan LockDuration => options.LockDuration;

    public bool IsShared => false;

    public string LocalPath => options.Path;

    public string LocalPathKey => PathKey;

    public OpenedQueue Open()
    {
        try
        {
            var queue = SqliteQueue.Open(options, TimeProvider.System);
            return new OpenedQueue(queue, queue.DeadLetters, queue.Path, queue);
        }
        catch (QueueFileException refused)
        {
            throw new SettingsException(PathKey, $"'{refused.Path}' cannot be used: {refused.Problem}", "the path of a queue, or of a file that can be made");
        }
    }

    public void MustExist()
    {
        var path = Path.GetFullPath(options.Path);
        if (!File.Exists(path)) throw new SettingsException(PathKey, $"there is no queue at '{path}'", "the path of the worker's queue");
    }
}
