using System.Text;
using Posthorn.Delivery;
using Posthorn.Queues;
using Posthorn.Sqlite;
using Posthorn.Tests.Support;

namespace Posthorn.ContractTests.Sqlite;

/// <summary>How much of the embedded queue the worker's receive loop has in its hands, and what it does with it when it stops.</summary>
public sealed class SqlitePumpTests : IAsyncLifetime
{
    private static readonly DeliveryOptions Two = new() { MaxInFlight = 2 };
    private static readonly SqliteQueueOptions Usual = new() { Path = "", LockDuration = TimeSpan.FromMinutes(5) };
    private readonly TemporaryFolder _folder = new();
    private readonly Parts _parts = new();
    private readonly TaskCompletionSource _answers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SqliteQueue _queue;
    private readonly DeliveryPump _pump;

    public SqlitePumpTests()
    {
        _queue = SqliteQueue.Open(Usual with { Path = _folder.File("queue.db") }, _parts.Clock);
        _pump = _parts.NewPump(_queue, Two, Usual.LockDuration);
        _parts.Receiver.Hold = _answers.Task;
    }

    public async ValueTask InitializeAsync()
    {
        await _queue.EnqueueAsync([.. Enumerable.Range(0, 10).Select(n => Message($"m{n}"))], default);
        await _pump.StartAsync(default);
        await _parts.Clock.RunUntilAsync(() => Counts.Locked == 4 && _parts.Receiver.Requests.Count == 2);
    }

    public async ValueTask DisposeAsync()
    {
        _pump.Dispose();
        _queue.Dispose();
        await _parts.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task As_many_as_are_under_way_are_leased_ahead_and_begun_one_by_one_as_the_others_end()
    {
        await _parts.Clock.RunAsync(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));
        (Counts.Locked, Counts.Active, _pump.InFlight, _parts.Receiver.Requests.Count).ShouldBe((4, 6, 2, 2));

        var later = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _parts.Receiver.Hold = later.Task;
        _answers.SetResult();
        await _parts.Clock.RunUntilAsync(() => Counts is { Locked: 4, Active: 4 } && _parts.Receiver.Requests.Count == 4);
        await _parts.Clock.RunAsync(TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(100));
        (_pump.InFlight, _parts.Receiver.Requests.Count).ShouldBe((2, 4));

        later.SetResult();
        await _parts.Clock.RunUntilAsync(() => Counts is { Active: 0, Locked: 0 });
        await _parts.Clock.RunUntilAsync(_pump.StopAsync(default));

        _parts.Receiver.Requests.Select(request => request.Headers["webhook-id"]).ShouldBe(Enumerable.Range(0, 10).Select(n => $"m{n}"), ignoreOrder: true);
        _pump.InFlight.ShouldBe(0);
    }

    [Fact]
    public async Task Fault_61_a_stop_gives_back_at_once_what_was_not_begun_and_waits_for_what_was()
    {
        var stopping = _pump.StopAsync(default);
        await _parts.Clock.RunUntilAsync(() => Counts is { Active: 8, Locked: 2 });
        stopping.IsCompleted.ShouldBeFalse();

        _answers.SetResult();
        await _parts.Clock.RunUntilAsync(stopping);

        (Counts.Active, Counts.Locked, _parts.Receiver.Requests.Count, _pump.InFlight).ShouldBe((8, 0, 2, 0));
    }

    private QueueCounts Counts => _queue.CountAsync(default).GetAwaiter().GetResult();

    private static QueueMessage Message(string id) => new()
    {
        MessageId = id,
        Body = Encoding.UTF8.GetBytes($$"""{"id":"{{id}}","type":"t","destination":{"url":"https://one.example/"},"data":1}"""),
    };
}
