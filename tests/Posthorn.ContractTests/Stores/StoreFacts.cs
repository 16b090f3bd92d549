using System.Text;
using Posthorn.DeadLetters;
using Posthorn.Endpoints;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Queues;
using Posthorn.Recovery;
using Posthorn.Stores;

namespace Posthorn.ContractTests.Stores;

/// <summary>What the facts about stores have in common: opened stores, and short words for what is put into them.</summary>
public abstract class StoreFacts : IAsyncLifetime
{
    /// <summary>Long enough for the slowest machine; a fact that needs it all has failed.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Texts that are signs to SQL, to LIKE, to JSON, or to nobody.</summary>
    public static TheoryData<string> AwkwardTexts =>
        ["'; DROP TABLE deliveries; --", "100%_*?[a-z]", "\"quoted\" and \\ back", "$0 ?1 @a :b @Id", "naïve – 日本語 – 🦉 – \u202Ertl", " spaces\tand\r\nlines ", "NULL", ""];

    private StoreHarness? _harness;
    private IStores? _stores;

    /// <summary>A time in whole milliseconds, as they are stored.</summary>
    protected static DateTimeOffset Now { get; } = new(2026, 3, 1, 12, 0, 0, 123, TimeSpan.Zero);

    protected StoreHarness Harness => _harness ??= NewHarness();

    protected IStores Stores => _stores ?? throw new InvalidOperationException("The stores are opened by InitializeAsync.");

    protected IDeliveryLog Log => Stores.Log;

    public async ValueTask InitializeAsync()
    {
        await Harness.CreateAsync();
        _stores = await OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Harness.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract StoreHarness NewHarness();

    /// <summary>The stores as another process has them.</summary>
    protected async Task<IStores> OpenAsync()
    {
        var stores = Harness.Open();
        await stores.PrepareAsync(default);
        return stores;
    }

    /// <summary>Runs the work of many at the same time, each on a thread that waits for the others before it begins.</summary>
    protected static async Task<T[]> AtOnceAsync<T>(int many, Func<int, Task<T>> work)
    {
        using var start = new Barrier(many);
        var tasks = Enumerable.Range(0, many).Select(i => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(Patience);
                return work(i);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap()).ToList();
        return await Task.WhenAll(tasks).WaitAsync(Patience);
    }

    protected static Endpoint AnEndpoint(string id) => new()
    {
        Id = id,
        DisplayUrl = $"https://{id}.example/hook",
        Sealed = $"sealed {id}",
        Events = ["document.*", "job.failed"],
        Profile = "standard",
        Status = EndpointStatus.Active,
        CreatedAt = Now,
        UpdatedAt = Now,
    };

    protected static DeliveryRecord ADelivery(string id) => new()
    {
        DeliveryId = id,
        EventId = id,
        Destination = "https://receiver.example/hook",
        Profile = "standard",
        Type = "document.created",
        State = DeliveryState.Delivered,
        FirstAt = Now,
        LastAt = Now,
        Status = 200,
        Attempts = [AnAttempt(1)],
    };

    protected static AttemptRecord AnAttempt(int number) => new() { Number = number, At = Now.AddSeconds(number), DurationMs = 120 + number, Status = 503, Detail = $"attempt {number}" };

    protected static ArchivedEvent AnEvent(string id, DateTimeOffset? acceptedAt = null) => new()
    {
        Id = id,
        Type = "document.created",
        Time = "2026-03-01T12:00:00.000001+01:00",
        AcceptedAt = acceptedAt ?? Now,
        Matched = 2,
        Data = Encoding.UTF8.GetBytes($"{{\"id\":\"{id}\"}}"),
    };

    protected static StatusEntry AStatus(string entity, string eventId, DateTimeOffset? at = null) => new()
    {
        Entity = entity,
        EventId = eventId,
        Type = "task.progress",
        Profile = "morag-task",
        Time = at ?? Now,
        AcceptedAt = at ?? Now,
        Data = Encoding.UTF8.GetBytes("{\"progress\":50}"),
    };

    protected static RecoveryRun ARun(string id) => new()
    {
        Id = id,
        EndpointId = "wh_1",
        Since = Now.AddDays(-1),
        Until = Now,
        Rate = 50,
        State = RecoveryState.Running,
        CreatedAt = Now,
        UpdatedAt = Now,
    };

    protected static DeadLetterRun ADeadLetterRun(string id) => new()
    {
        Id = id,
        Kind = RunKind.Replay,
        State = RunState.Running,
        Operator = "anna@host",
        Filter = "{}",
        Options = "{}",
        LastSequence = 1000,
        StartedAt = Now,
        UpdatedAt = Now,
        Owner = "a",
    };

    protected Task WriteAsync(params DeliveryRecord[] deliveries) => Log.WriteAsync(new HistoryBatch(deliveries, [], []), default);

    protected Task WriteAsync(params ArchivedEvent[] events) => Log.WriteAsync(new HistoryBatch([], events, []), default);

    protected Task WriteAsync(params StatusEntry[] statuses) => Log.WriteAsync(new HistoryBatch([], [], statuses), default);

    protected async Task<DeliveryRecord> DeliveryAsync(string id) => (await Log.FindDeliveryAsync(id, default)).ShouldNotBeNull();

    protected async Task<IEnumerable<string>> PageAsync(DeliveryQuery query) => (await Log.DeliveriesAsync(query, default)).Select(delivery => delivery.DeliveryId);

    protected static EventRank Rank(int second, long sequence = 0) => new(Now.AddSeconds(second), sequence);
}
