using System.CommandLine;
using Posthorn.Worker.Composition;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Worker.CommandLine.DeadLetters;

/// <summary><c>posthorn dead-letters</c>: what could not be delivered, why, and how it is put back.</summary>
internal static class DeadLettersCommand
{
    public const string Verb = "dead-letters";

    public static Command Create(CommandContext context) => new(Verb, "What could not be delivered, why, and how it is put back")
    {
        StatsCommand.Create(context), ListCommand.Create(context), ShowCommand.Create(context), ReplayCommand.Create(context), RunsCommand.Create(context),
        PurgeCommand.Create(context), ExportCommand.Create(context), ImportCommand.Create(context),
    };

    /// <summary>Where the verbs that look find dead letters: at a worker's API when one is named, else in the queue's file.</summary>
    public static IDeadLetterSource Source(WorkerSettings settings, ParseResult parsed) =>
        ServerOptions.Read(parsed) is var (server, key) ? new ServerSource(server, key) : new QueueSource(settings, OpenQueue.OpenExisting(settings));
}
