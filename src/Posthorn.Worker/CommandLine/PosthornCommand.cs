using System.CommandLine;
using Posthorn.DeadLetters;
using Posthorn.Settings;
using Posthorn.Stores;
using Posthorn.Worker.CommandLine.DeadLetters;
using Posthorn.Worker.Composition;
using Posthorn.Worker.DeadLetters;
using Posthorn.Worker.Telemetry;

namespace Posthorn.Worker.CommandLine;

/// <summary>The command line: its verbs, its exit codes, and one line for each thing that is wrong.</summary>
public static class PosthornCommand
{
    private const string Description = """
        Posthorn delivers webhooks durably: it takes notification envelopes off a queue, signs them, POSTs them, retries with
        jitter for days, and dead-letters what cannot be delivered.

        Any setting of host.json can be given to any command, as --queue:sqlite:path=FILE or as the environment variable
        queue__sqlite__path. Exit codes: 0 done, 1 the work failed in part, 2 wrong use or configuration.
        """;

    /// <summary>The environment whose rules hold, such as Development.</summary>
    public static Option<string?> EnvironmentOption { get; } = new("--environment")
    {
        Description = "Development allows http, loopback and an API without a key (default: DOTNET_ENVIRONMENT, else Production)",
        Recursive = true,
        HelpName = "NAME",
    };

    /// <summary>Runs a command line and answers with its exit code.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        ArgumentNullException.ThrowIfNull(args);
        try
        {
            if (args.Contains(DeadLettersCommand.Verb)) LowPriority.Take(); // Before anything else: to start takes a processor, too.
            var split = SettingArguments.Split(args);
            var context = new CommandContext(split.Settings);
            var parsed = Root(context).Parse([.. split.Rest]);
            using var telemetry = parsed.Errors.Count == 0 ? CommandTelemetry.Start(parsed.CommandResult.Command) : null;
            if (parsed.Errors.Count == 0) return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
            var problems = string.Join(' ', parsed.Errors.Select(error => Plain(error.Message)));
            Terminal.Error($"{problems} 'posthorn {Path(parsed.CommandResult.Command)}--help' shows what there is.");
            return ExitCode.WrongUse;
        }
        catch (SettingsException wrong)
        {
            foreach (var error in wrong.Errors) Terminal.Error(error.ToString());
            return ExitCode.WrongUse;
        }
        catch (Queues.QueueUnavailableException unavailable)
        {
            Terminal.Error($"the queue is unavailable: {unavailable.Message}");
            return ExitCode.FailedInPart;
        }
        catch (Queues.MessageTooLargeException tooLarge)
        {
            Terminal.Error(tooLarge.Message);
            return ExitCode.FailedInPart;
        }
        catch (StoreUnavailableException unavailable)
        {
            Terminal.Error($"the store is unavailable: {unavailable.Message}");
            return ExitCode.FailedInPart;
        }
        catch (FilterException unreadable)
        {
            Terminal.Error(unreadable.Message);
            Console.Error.WriteLine(unreadable.Pointer);
            return ExitCode.WrongUse;
        }
        catch (ServerRefusedException refused)
        {
            Terminal.Error(refused.Message);
            return ExitCode.FailedInPart;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.FailedInPart;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            Terminal.Error(refused.Message);
            return ExitCode.FailedInPart;
        }
        catch (Exception bug)
        {
            Terminal.Error($"this should not have happened ({bug.GetType().Name}): {bug.Message}");
            return ExitCode.FailedInPart;
        }
    }

    private static RootCommand Root(CommandContext context)
    {
        var root = new RootCommand(Description)
        {
            EnvironmentOption,
            ServeCommand.Create(context),
            SendCommand.Create(context),
            ListenCommand.Create(context),
            DeadLettersCommand.Create(context),
            KeysCommand.Create(context),
            ProfilesCommand.Create(context),
            SignCommand.Create(context),
            HealthCommand.Create(context),
            TopCommand.Create(context),
        };
        root.SetAction((parsed, cancellation) => ServeCommand.RunAsync(context.Settings(parsed), cancellation));
        return root;
    }

    /// <summary>The parser names .NET's types; a person wants to know what to write.</summary>
    private static string Plain(string message)
    {
        var at = message.IndexOf(" as expected type '", StringComparison.Ordinal);
        if (at < 0) return message;
        var wanted = message.Contains("Int", StringComparison.Ordinal) ? "a whole number" : message.Contains("TimeSpan", StringComparison.Ordinal) ? "a duration hh:mm:ss" : "what it needs";
        return $"{message[..at]}: it is not {wanted}.";
    }

    private static string Path(Command command) =>
        command is RootCommand ? "" : command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)}{command.Name} " : command.Name + " ";
}

/// <summary>What the process answers its caller with.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The work failed, wholly or in part.</summary>
    public const int FailedInPart = 1;

    /// <summary>Wrong use or configuration: nothing was done.</summary>
    public const int WrongUse = 2;
}

/// <summary>The settings that came with the command line, to be read when a command runs.</summary>
public sealed class CommandContext(IReadOnlyDictionary<string, string?> settingArguments)
{
    /// <summary>Reads the configuration.</summary>
    /// <exception cref="SettingsException">It cannot be used.</exception>
    public WorkerSettings Settings(ParseResult parsed)
    {
        ArgumentNullException.ThrowIfNull(parsed);
        return WorkerSettings.Load(settingArguments, parsed.GetValue(PosthornCommand.EnvironmentOption));
    }
}
