using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Posthorn.Delivery;
using Posthorn.Queues;
using Posthorn.Sqlite;
using Posthorn.Tests.Support;

namespace Posthorn.ContractTests.Sqlite.Ordering;

/// <summary>The worker's own receive loop over the embedded queue, at full speed, with a receiver inside the process.</summary>
public sealed class OrderingPumpTests : IAsyncLifetime
{
    private const int Keys = 200;
    private readonly TemporaryFolder _folder = new();
    private readonly Parts _parts = new(("profiles:fast:retry:delays:0", "00:00:00.2"), ("profiles:fast:retry:delays:1", "00:00:00.2"));
    private readonly ConcurrentDictionary<string, string> _underWay = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _delivered = new();
    private readonly ConcurrentDictionary<string, bool> _failed = new();
    private readonly ConcurrentQueue<string> _overlaps = new();
    private int _count;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _parts.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Ten_thousand_messages_arrive_in_the_order_of_their_keys_one_of_a_key_at_a_time()
    {
        var options = new SqliteQueueOptions { Path = _folder.File("queue.db"), LockDuration = TimeSpan.FromMinutes(5) };
        using var queue = SqliteQueue.Open(options, _parts.Clock);
        List<(string Key, string Id)> sent = [.. Enumerable.Range(0, 10_000).Select(i => ($"k{i % Keys}", $"m{i}"))];
        foreach (var batch in sent.Chunk(1000)) await queue.EnqueueAsync([.. batch.Select(mail => Message(mail.Key, mail.Id))], default);
        _parts.Receiver.Answer = Receive;
        using var pump = _parts.NewPump(queue, new DeliveryOptions(), options.LockDuration);

        await pump.StartAsync(default);
        await _parts.Clock.RunUntilAsync(() => Volatile.Read(ref _count) == sent.Count);
        await _parts.Clock.RunUntilAsync(pump.StopAsync(default));

        _overlaps.ShouldBeEmpty();
        foreach (var key in sent.GroupBy(mail => mail.Key, mail => mail.Id)) _delivered[key.Key].ShouldBe(key, ignoreOrder: false, key.Key);
        (await queue.CountAsync(default)).ShouldBe(new QueueCounts(0, 0, 0, 0, null));
        _parts.Receiver.Requests.Count.ShouldBe(sent.Count + (sent.Count / 100), "one in a hundred was tried twice");
    }

    /// <summary>Answers 503 to the first attempt at some.</summary>
    private (HttpStatusCode Status, string Body) Receive(FakeReceiver.Request request)
    {
        var (key, id) = (request.Url.Host.Split('.')[0], request.Headers["webhook-id"]);
        if (!_underWay.TryAdd(key, id)) _overlaps.Enqueue($"{id} while {_underWay.GetValueOrDefault(key)}");
        Thread.Yield();
        var fails = id.EndsWith("49", StringComparison.Ordinal) && _failed.TryAdd(id, true);
        if (!fails) _delivered.GetOrAdd(key, _ => new ConcurrentQueue<string>()).Enqueue(id);
        _underWay.TryRemove(key, out _);
        if (!fails) Interlocked.Increment(ref _count);
        return (fails ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, "");
    }

    private static QueueMessage Message(string key, string id) => new()
    {
        MessageId = id,
        OrderingKey = key,
        Body = Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","type":"t","profile":"fast","destination":{"url":"https://{{key}}.example/"},"data":1}"""),
    };
}
