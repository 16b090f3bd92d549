using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Posthorn.Benchmarks.Receiving;

namespace Posthorn.Benchmarks.Processes;

/// <summary>The receivers, in another process of this executable: what they cost is not counted as the producer's, nor the other way round.</summary>
internal sealed class ReceiverProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private ReceiverPorts _ports = new([], []);

    private ReceiverProcess(IReadOnlyList<string> args) => _process = OwnProcess.Start([ReceiveCommand.Verb, .. args], isOutputWanted: true);

    /// <summary>Where requests are answered, one URL a destination.</summary>
    public IReadOnlyList<Uri> Answering => _ports.Answering.ConvertAll(UrlOf);

    /// <summary>Where they are not.</summary>
    public IReadOnlyList<Uri> Hanging => _ports.Hanging.ConvertAll(UrlOf);

    /// <param name="answering">Destinations that answer.</param>
    /// <param name="hanging">Destinations that accept the connection and never answer.</param>
    /// <param name="faultSeed">Makes those that answer fail at random; null lets them answer 200 at once.</param>
    public static async Task<ReceiverProcess> StartAsync(int answering, int hanging = 0, int? faultSeed = null)
    {
        var faults = faultSeed is { } seed ? new[] { "--faults", seed.ToString(CultureInfo.InvariantCulture) } : [];
        var receiver = new ReceiverProcess(["--answering", $"{answering}", "--hanging", $"{hanging}", .. faults]);
        receiver._ports = Read(await receiver.LineAsync(), ReceivingJson.Default.ReceiverPorts);
        return receiver;
    }

    /// <summary>One that answers 200 at once and only counts, see <see cref="TallyAsync"/>; it tells nothing of single requests.</summary>
    /// <param name="isClosing">Whether each request is to have a connection of its own.</param>
    public static async Task<ReceiverProcess> StartLeanAsync(bool isClosing = false)
    {
        var receiver = new ReceiverProcess(isClosing ? ["--lean", "--closing"] : ["--lean"]);
        receiver._ports = Read(await receiver.LineAsync(), ReceivingJson.Default.ReceiverPorts);
        return receiver;
    }

    /// <summary>Different destinations of one that only counts: addresses of the loopback.</summary>
    public IReadOnlyList<Uri> Hosts(int count) => [.. Enumerable.Range(1, count).Select(n => new Uri($"http://127.{n >> 16}.{(n >> 8) & 255}.{n & 255}:{_ports.Answering[0]}/hook"))];

    /// <summary>How far one that only counts has come.</summary>
    public async Task<TallyCounts> TallyAsync() => Read(await AskAsync("tally"), ReceivingJson.Default.TallyCounts);

    public async Task<ReceiverCounts> CountAsync() => Read(await AskAsync("count"), ReceivingJson.Default.ReceiverCounts);

    /// <summary>Every request since the start, or since they were last forgotten.</summary>
    public async Task<IReadOnlyList<Arrival>> ArrivalsAsync() => Read(await AskAsync("arrivals"), ReceivingJson.Default.IReadOnlyListArrival);

    public Task ForgetAsync() => AskAsync("forget");

    /// <summary>No more faults, and every destination is open.</summary>
    public Task CalmAsync() => AskAsync("calm");

    /// <summary>Connections to this destination are refused, and those it has are reset.</summary>
    public Task CloseAsync(int destination) => AskAsync($"close {destination}");

    public Task OpenAsync(int destination) => AskAsync($"open {destination}");

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close(); // Its end.
        await _process.WaitForExitAsync();
        _process.Dispose();
        _turn.Dispose();
    }

    private async Task<string> AskAsync(string question)
    {
        await _turn.WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(question);
            await _process.StandardInput.FlushAsync();
            return await LineAsync();
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<string> LineAsync() => await _process.StandardOutput.ReadLineAsync() ?? throw new BenchmarkException("The receiver process ended.");

    private static T Read<T>(string line, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(line, type) ?? throw new BenchmarkException($"The receiver process said '{line}'.");

    private static Uri UrlOf(int port) => new($"http://127.0.0.1:{port}/hook");
}
