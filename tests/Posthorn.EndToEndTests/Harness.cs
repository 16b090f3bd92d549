using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

[assembly: CollectionBehavior(MaxParallelThreads = 4)] // Each spends its time on starting processes; what bears no neighbour is in Alone.

namespace Posthorn.EndToEndTests;

/// <summary>A folder of its own with real <c>posthorn</c> processes in it, and the waiting until something is so.</summary>
public sealed class Harness : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);
    private readonly ConcurrentBag<ChildProcess> _processes = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("posthorn-e2e-").FullName;

    /// <summary>Given to every process, worker and command line alike.</summary>
    public List<string> Settings { get; } = ["--queue:sqlite:path=data/queue.db"];

    /// <summary>The environment of every process; nothing else is inherited but what .NET needs to start.</summary>
    public Dictionary<string, string> Environment { get; } = new() { ["DOTNET_ENVIRONMENT"] = "Development", ["amqp__url"] = "" }; // One port of Development for all of them is too few.

    /// <summary>The most descriptors a process may have open; null is the system's own limit.</summary>
    public int? OpenFiles { get; set; }

    public string QueueFile => Path.Combine(Folder, "data", "queue.db");

    public int ApiPort { get; } = Ports.Free();

    public HttpClient Http { get; } = new() { Timeout = Patience };

    public Uri Api(string path) => new($"http://127.0.0.1:{ApiPort}{path}");

    public Harness With(params string[] settings)
    {
        Settings.AddRange(settings);
        return this;
    }

    /// <summary>A profile <c>fast</c>, whose retries come after these delays.</summary>
    public Harness WithFastProfile(params string[] delays) =>
        With(["--profiles:fast:retry:jitter=0.1", .. delays.Select((delay, i) => $"--profiles:fast:retry:delays:{i}={delay}")]);

    /// <summary>A worker that says it is up.</summary>
    public Task<PosthornProcess> StartWorkerAsync(params string[] settings) => StartWorkerAtAsync(ApiPort, settings);

    /// <summary>A worker that says it is up, with its API on another port: several may share the folder.</summary>
    public async Task<PosthornProcess> StartWorkerAtAsync(int port, params string[] settings)
    {
        var worker = Start(["serve", $"--api:url=http://127.0.0.1:{port}", .. settings]);
        await UntilAsync(() => worker.Output.Contains(" is up", StringComparison.Ordinal) || worker.HasExited, "the worker is up", worker.Everything);
        worker.HasExited.ShouldBeFalse(worker.Everything());
        return worker;
    }

    public PosthornProcess Start(params string[] args)
    {
        var process = new PosthornProcess(Folder, [.. args, .. Settings], Environment, OpenFiles);
        _processes.Add(process);
        return process;
    }

    /// <summary>Another program, in the folder.</summary>
    public ChildProcess StartProgram(string program, IReadOnlyList<string> args, IReadOnlyDictionary<string, string> environment)
    {
        var process = new ChildProcess(new ProcessStartInfo(program, args) { WorkingDirectory = Folder }, environment, $"{program} {string.Join(' ', args)}");
        _processes.Add(process);
        return process;
    }

    /// <summary>A command line on a terminal of its own, by <c>script</c> of util-linux; what it says comes in the output.</summary>
    public PosthornProcess StartOnTerminal(params string[] args)
    {
        var process = new PosthornProcess(Folder, [.. args, .. Settings], Environment, isOnTerminal: true);
        _processes.Add(process);
        return process;
    }

    /// <summary>A command line, run to its end.</summary>
    public async Task<PosthornProcess> RunAsync(params string[] args)
    {
        var process = Start(args);
        await process.WaitForExitAsync(Patience);
        return process;
    }

    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public async Task<HttpResponseMessage> PostAsync(string body, string contentType = "application/json", string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Api("/api/notifications")) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        if (contentType.Length > 0) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (key is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await Http.SendAsync(request);
    }

    public async Task AcceptAsync(params string[] envelopes)
    {
        using var answer = await PostAsync($"[{string.Join(',', envelopes)}]");
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
    }

    public async Task<JsonElement> QueueCountsAsync() => (await ReadJsonAsync(await Http.GetAsync(Api("/api/queue")))).Clone();

    public Task UntilQueueIsEmptyAsync(TimeSpan? patience = null) => UntilAsync(
        async () =>
        {
            var counts = await QueueCountsAsync();
            return new[] { "active", "scheduled", "locked" }.Sum(name => counts.GetProperty(name).GetInt64()) == 0;
        },
        "the queue is empty",
        patience: patience);

    /// <summary>The dead letters, newest first, as <c>dead-letters list --json</c> prints them.</summary>
    public async Task<IReadOnlyList<JsonElement>> DeadLettersAsync()
    {
        var listing = await RunAsync("dead-letters", "list", "--limit", "1000", "--json");
        listing.ExitCode.ShouldBe(0, listing.Everything());
        return listing.JsonLines();
    }

    public async Task<IReadOnlyList<JsonElement>> UntilDeadAsync(int count)
    {
        await UntilAsync(async () => (await QueueCountsAsync()).GetProperty("dead").GetInt64() >= count, $"{count} dead letters", DescribeProcesses);
        return await DeadLettersAsync();
    }

    public static async Task<JsonElement> ReadJsonAsync(HttpResponseMessage answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        using (answer)
        {
            using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            return document.RootElement.Clone();
        }
    }

    public static Task UntilAsync(Func<bool> isSo, string what, Func<string>? evidence = null, TimeSpan? patience = null) =>
        UntilAsync(() => Task.FromResult(isSo()), what, evidence, patience);

    /// <summary>Asks again and again until it is so.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo, string what, Func<string>? evidence = null, TimeSpan? patience = null)
    {
        var deadline = DateTime.UtcNow + (patience ?? Patience);
        while (!await isSo())
        {
            if (DateTime.UtcNow > deadline) Assert.Fail($"It did not come to pass: {what}.\n{evidence?.Invoke()}");
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
        Http.Dispose();
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // A temporary folder that stays is no failure.
        }
    }

    public string DescribeProcesses() => string.Join("\n---\n", _processes.Select(process => process.Everything()));
}
