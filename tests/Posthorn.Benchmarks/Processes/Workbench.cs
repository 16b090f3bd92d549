using System.Diagnostics;
using Posthorn.TestSupport;

namespace Posthorn.Benchmarks.Processes;

/// <summary>A folder of its own with the processes of one measurement in it; nothing of either is left behind, unless it is to be kept.</summary>
internal sealed class Workbench : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan CommandPatience = TimeSpan.FromMinutes(30);
    private readonly Guardian _guardian = new();
    private readonly List<PosthornProcess> _processes = [];
    private readonly Lazy<int> _apiPort = new(Ports.Free);
    private int _started;

    public string Folder { get; } = Directory.CreateTempSubdirectory("posthorn-bench-").FullName;

    public string QueueFile => Path.Combine(Folder, "data", "queue.db");

    /// <summary>Given to every process, worker and command line alike.</summary>
    public List<string> Settings { get; } = ["--queue:sqlite:path=data/queue.db"];

    /// <summary>The environment of every process; nothing else is inherited but what .NET needs to start.</summary>
    public Dictionary<string, string> Environment { get; } = new() { ["DOTNET_ENVIRONMENT"] = "Development", ["LOG_LEVEL"] = "Warning" };

    /// <summary>Whether the folder stays, as evidence.</summary>
    public bool IsKept { get; set; }

    /// <summary>The worker's; looked for when it is first asked for, as a port that was free a while ago may be taken.</summary>
    public int ApiPort => _apiPort.Value;

    /// <summary>A worker, which may not be up yet.</summary>
    /// <param name="failPoints">What arms its fail points; null arms none.</param>
    public async Task<WorkerProcess> StartWorkerAsync(string? failPoints = null)
    {
        var environment = new Dictionary<string, string>(Environment);
        if (failPoints is not null) environment[Diagnostics.FailPoint.Variable] = failPoints;
        return new WorkerProcess(await StartAsync(["serve", $"--api:url=http://127.0.0.1:{ApiPort}", "--api:requestsPerSecond=1000000"], environment));
    }

    /// <summary>A command line of the product.</summary>
    public Task<PosthornProcess> StartCommandAsync(params string[] args) => StartAsync(args, Environment);

    /// <summary>Runs a command line of the product to its end.</summary>
    /// <exception cref="BenchmarkException">It fails, or takes too long.</exception>
    public async Task<CommandRun> RunCommandAsync(IReadOnlyList<string> args, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        await using var process = await StartCommandAsync([.. args]);
        var peak = (long?)null;
        while (!await process.EndsWithinAsync(LookEvery, cancellation))
        {
            peak = process.PeakMemory() ?? peak;
            if (Stopwatch.GetElapsedTime(started) > CommandPatience) throw new BenchmarkException($"posthorn {string.Join(' ', args)} did not end within {CommandPatience}.");
        }

        var took = Stopwatch.GetElapsedTime(started);
        await process.EndsWithinAsync(CommandPatience, cancellation); // All it said.
        return process.ExitCode == 0 ? new CommandRun(took, peak, [.. process.Output]) : throw new BenchmarkException($"posthorn {string.Join(' ', args)} ended with {process.ExitCode}.");
    }

    public async ValueTask DisposeAsync()
    {
        List<PosthornProcess> processes;
        lock (_processes) processes = [.. _processes];
        foreach (var process in processes) await process.DisposeAsync();
        await _guardian.DisposeAsync();
        if (IsKept) return;
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // A temporary folder that stays is no failure.
        }
    }

    private async Task<PosthornProcess> StartAsync(string[] args, Dictionary<string, string> environment)
    {
        var log = Path.Combine(Folder, $"{Interlocked.Increment(ref _started):0000}-{args[0]}.log");
        var process = new PosthornProcess(Folder, [.. args, .. Settings], environment, log, _guardian);
        lock (_processes) _processes.Add(process);
        await process.GuardAsync();
        return process;
    }
}

/// <summary>What a command line of the product did, from before its process was started to its end.</summary>
/// <param name="Took">How long that was.</param>
/// <param name="PeakMemory">The most memory it was seen to have, in bytes; null where that cannot be seen.</param>
/// <param name="Output">The lines of its standard output.</param>
internal sealed record CommandRun(TimeSpan Took, long? PeakMemory, IReadOnlyList<string> Output);
