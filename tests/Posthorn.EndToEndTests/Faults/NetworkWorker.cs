using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Posthorn.Queues;
using Posthorn.Sqlite;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>
/// A worker whose profile <c>fast</c> tries once more after a tenth of a second; <c>brief</c> besides gives an attempt one second.
/// What became of an envelope is read from the delivery log.
/// </summary>
public class NetworkWorker : IAsyncLifetime
{
    /// <summary>The attempts of both profiles.</summary>
    public const int Attempts = 2;

    /// <summary>What an attempt of the profile <c>brief</c> takes at most, on a machine that has other things to do.</summary>
    public static readonly TimeSpan Brief = TimeSpan.FromSeconds(5);

    private const string Key = "the-key-of-the-tests";
    private PosthornProcess? _process;

    public Harness Harness { get; } = new Harness()
        .WithFastProfile("00:00:00.1")
        .With("--profiles:brief:extends=fast", "--profiles:brief:timeout=00:00:01", $"--api:keys:0=sha256:{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Key)))}");

    public PosthornProcess Process => _process ?? throw new InvalidOperationException("It is not started.");

    /// <summary>The most memory the worker has had, in bytes, where the system tells.</summary>
    public long PeakMemory => File.ReadLines($"/proc/{Process.Id}/status").Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Select(line => long.Parse(line.Split(' ')[^2]) * 1024).Single();

    public virtual async ValueTask InitializeAsync() => _process = await Harness.StartWorkerAsync();

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return Harness.DisposeAsync();
    }

    /// <summary>Hands envelopes over; all are accepted.</summary>
    public async Task AcceptAsync(params string[] envelopes)
    {
        using var answer = await PostAsync($"[{string.Join(',', envelopes)}]");
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
    }

    public Task<HttpResponseMessage> PostAsync(string body) => Harness.PostAsync(body, key: Key);

    internal Task<ApiAnswer> CallAsync(string call, string? body = null) => Harness.CallAsync(call, body, Key);

    /// <summary>Hands one envelope over, and waits for its end.</summary>
    public async Task<NetworkOutcome> SendAsync(string id, Uri url, string profile = "fast")
    {
        await AcceptAsync(Envelopes.Of(id, url, profile));
        return await UntilOverAsync(id);
    }

    /// <summary>Waits until an envelope is delivered or dead.</summary>
    public async Task<NetworkOutcome> UntilOverAsync(string id)
    {
        NetworkOutcome? outcome = null;
        await Harness.UntilAsync(
            async () => await CallAsync($"GET /api/deliveries/{id}") is { Status: HttpStatusCode.OK, Json: var delivery } && (outcome = NetworkOutcome.Of(delivery)).IsOver,
            $"{id} is delivered or dead",
            () => $"{outcome}\n{Process.Everything()}");
        return outcome ?? throw new InvalidOperationException("It waited for it.");
    }

    /// <summary>The dead letters by their id, once all of these are among them.</summary>
    public async Task<IReadOnlyDictionary<string, JsonElement>> UntilDeadAsync(params IEnumerable<string> ids)
    {
        Dictionary<string, JsonElement> letters = [];
        await Harness.UntilAsync(
            async () =>
            {
                letters = (await CallAsync("GET /api/dead-letters?limit=5000")).Json.Items("dead_letters").ToDictionary(letter => letter.Text("id"));
                return ids.All(letters.ContainsKey);
            },
            "all of them are dead letters",
            () => $"{letters.Count} are\n{Process.Everything()}");
        return letters;
    }

    /// <summary>Puts messages on the queue's own file, past the API, as another producer may.</summary>
    public async Task PutAsync(IEnumerable<QueueMessage> messages)
    {
        using var queue = SqliteQueue.Open(new SqliteQueueOptions { Path = Harness.QueueFile }, TimeProvider.System);
        (await queue.EnqueueAsync([.. messages], CancellationToken.None)).ShouldAllBe(outcome => outcome == EnqueueOutcome.Accepted);
    }
}

/// <summary>What became of one envelope.</summary>
/// <param name="Status"><c>delivered</c>, <c>dead_lettered</c>, or on its way there.</param>
/// <param name="Reason">The dead letter's reason.</param>
/// <param name="Attempts">What happened at each attempt.</param>
public sealed record NetworkOutcome(string Status, string? Reason, IReadOnlyList<NetworkAttempt> Attempts)
{
    public bool IsOver => Status is "delivered" or "dead_lettered";

    public static NetworkOutcome Of(JsonElement delivery) => new(
        delivery.Text("status"),
        delivery.Has("reason") ? delivery.Text("reason") : null,
        [.. delivery.Items("attempts").Select(NetworkAttempt.Of)]);

    /// <summary>Delivered by the last of so many attempts.</summary>
    public NetworkOutcome ShouldBeDelivered(int attempts = 1)
    {
        Status.ShouldBe("delivered", ToString());
        Attempts.Select(attempt => attempt.Number).ShouldBe(Enumerable.Range(1, attempts), ToString());
        return this;
    }

    /// <summary>Tried through the whole schedule; each attempt ended with this error and a detail that holds this.</summary>
    public NetworkOutcome ShouldBeExhausted(string error, string detail = "")
    {
        ShouldBeExhausted();
        Attempts.ShouldAllBe(attempt => attempt.StatusCode == null && attempt.Error == error && attempt.Detail.Contains(detail, StringComparison.Ordinal), ToString());
        return this;
    }

    /// <summary>Tried through the whole schedule; each attempt was answered with this status.</summary>
    public NetworkOutcome ShouldBeExhausted(int status)
    {
        ShouldBeExhausted();
        Attempts.ShouldAllBe(attempt => attempt.StatusCode == status && attempt.Error == null, ToString());
        return this;
    }

    public override string ToString() => $"{Status} {Reason}: {string.Join(" | ", Attempts)}";

    /// <summary>As above, each attempt ended by the deadline of <c>brief</c>.</summary>
    public NetworkOutcome ShouldHaveTimedOut()
    {
        ShouldBeExhausted("Timeout");
        Attempts.ShouldAllBe(attempt => attempt.Duration < NetworkWorker.Brief, ToString());
        return this;
    }

    private void ShouldBeExhausted()
    {
        Reason.ShouldBe("RetriesExhausted", ToString());
        Attempts.Select(attempt => attempt.Number).ShouldBe(Enumerable.Range(1, NetworkWorker.Attempts), ToString());
    }
}

/// <summary>One attempt as the log has it.</summary>
/// <param name="Number">From 1.</param>
/// <param name="StatusCode">The answer's status.</param>
/// <param name="Error">Why there was no answer.</param>
/// <param name="Detail">The error's cause, or what the answer said.</param>
/// <param name="Duration">How long it took.</param>
public sealed record NetworkAttempt(int Number, int? StatusCode, string? Error, string Detail, TimeSpan Duration)
{
    public static NetworkAttempt Of(JsonElement attempt) => new(
        attempt.GetProperty("attempt").GetInt32(),
        attempt.GetProperty("status_code") is { ValueKind: JsonValueKind.Number } status ? status.GetInt32() : null,
        attempt.Has("error") ? attempt.Text("error") : null,
        attempt.Has("detail") ? attempt.Text("detail") : "",
        TimeSpan.FromMilliseconds(attempt.GetProperty("response_time_ms").GetInt64()));
}
