using System.CommandLine;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Posthorn.Access;
using Posthorn.Diagnostics;
using Posthorn.Settings;
using Posthorn.Worker.Amqp;
using Posthorn.Worker.Composition;

namespace Posthorn.Worker.CommandLine;

/// <summary><c>posthorn serve</c>: the worker, with the HTTP API.</summary>
internal static class ServeCommand
{
    private const int FileSizeExceeded = 25; // SIGXFSZ, for which .NET has no name; the same number on Linux and macOS.
    private static readonly TimeSpan OneSignal = TimeSpan.FromMilliseconds(500);

    public static Command Create(CommandContext context)
    {
        var command = new Command("serve", "Run the worker, with the HTTP API, until SIGTERM or Ctrl-C (this is what posthorn does without a command)");
        command.SetAction((parsed, cancellation) => RunAsync(context.Settings(parsed), cancellation));
        return command;
    }

    /// <summary>Runs until it is told to stop.</summary>
    /// <exception cref="SettingsException">The queue cannot be opened, or the address is taken.</exception>
    public static async Task<int> RunAsync(WorkerSettings settings, CancellationToken cancellationToken)
    {
        if (FailPoint.Problem is { } problem) throw new SettingsException(FailPoint.Variable, problem, "NAME=ACTION[@N], or nothing");
        using var open = OpenQueue.OpenToServe(settings);
        await using var stores = OpenStores.Open(settings);
        await using var app = WorkerApp.Create(settings, open, stores);
        using var limited = SurviveFileSizeLimit();
        using var impatience = ExitAtSecond(PosixSignal.SIGTERM);
        using var impatienceToo = ExitAtSecond(PosixSignal.SIGINT);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            throw new SettingsException("api:url", $"'{settings.Api.Url}' cannot be listened on: {(refused.InnerException ?? refused).Message}", "a free address of this machine");
        }

        var speaksAmqp = app.Services.GetService<FrontDoorService>() is { IsOpen: true };
        Terminal.Line(Banner.Of(settings, open, stores, app.Services.GetRequiredService<ApiKeyDirectory>().HasUsable, speaksAmqp));
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Done;
    }

    /// <summary>A limit on the size of files is a full disk to us: the write fails and says so, and the process lives on.</summary>
    private static PosixSignalRegistration? SurviveFileSizeLimit() =>
        OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create((PosixSignal)FileSizeExceeded, signal => signal.Cancel = true);

    /// <summary>The first signal drains; a second one says that there is no time for it. What is in flight comes back when its lock ends.</summary>
    private static PosixSignalRegistration ExitAtSecond(PosixSignal signal)
    {
        var first = 0L;
        return PosixSignalRegistration.Create(signal, _ =>
        {
            // A supervisor may signal the process and its group in one go: that is one signal.
            var before = Interlocked.CompareExchange(ref first, Stopwatch.GetTimestamp(), 0);
            if (before == 0 || Stopwatch.GetElapsedTime(before) < OneSignal) return;
            Terminal.Error("stopped at once, as a second signal asked for");
            Environment.Exit(ExitCode.FailedInPart);
        });
    }
}
