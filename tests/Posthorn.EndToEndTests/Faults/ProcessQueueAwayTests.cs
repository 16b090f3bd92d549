using System.Net;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>The queue goes away while a request is under way: another process holds the file's write lock for longer than is waited for.</summary>
public sealed class ProcessQueueAwayTests : IAsyncLifetime
{
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_8_what_cannot_be_settled_while_the_queue_is_away_is_settled_when_it_is_back_without_a_second_request()
    {
        var held = new TaskCompletionSource<int>();
        await using var receiver = await Receiver.StartAsync((_, gone) => held.Task.WaitAsync(gone));
        var worker = await _harness.StartWorkerAsync();
        await _harness.AcceptAsync(Envelopes.Of("evt_8", receiver.Url()));
        await Harness.UntilAsync(() => receiver.Count == 1, "it is under way", worker.Everything);

        using (_harness.HoldWriteLock())
        {
            held.SetResult(200);
            await Harness.UntilAsync(() => worker.Output.Contains("evt_8: not settled", StringComparison.Ordinal), "settling fails", worker.Everything);
            (await _harness.Http.GetAsync(_harness.Api("/healthz"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        }

        (_harness.OnlyCopy() is { IsDead: false, IsHidden: true, DeliveryCount: 1 }).ShouldBeTrue();
        _harness.Change("UPDATE messages SET visible_at = 0"); // The lock ends, which takes a minute.
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.ShouldBe(["evt_8"], "the answer is remembered");
        _harness.Copies().ShouldBeEmpty();
    }
}
