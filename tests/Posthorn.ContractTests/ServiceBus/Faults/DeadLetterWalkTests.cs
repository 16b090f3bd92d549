using Posthorn.Queues;
using Posthorn.ServiceBus.DeadLetters;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Faults;

/// <summary>Getting chosen dead letters, which the broker gives out in their order only, and putting many of them back.</summary>
public sealed class DeadLetterWalkTests : IAsyncLifetime
{
    private readonly Story _story = new(sessions: false);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _story.DisposeAsync();

    [Fact]
    public async Task The_last_of_many_is_had_and_the_others_are_given_back()
    {
        var dead = await BuryAsync(600);

        (await _story.Queue.DeadLetters.ReplayAsync([dead[^1]], ReplayChanges.None, default)).ShouldBe([dead[^1]]);
        _story.Advance(TimeSpan.FromSeconds(6)); // It keeps the others for a moment, as the next may be wanted.
        await Patiently(() => _story.Space.Calls.Count(BrokerOperation.Abandon) == 599);
        (await _story.Queue.DeadLetters.PurgeAsync(dead, default)).ShouldBe(599);
    }

    [Fact]
    public async Task Locks_that_end_before_the_wanted_one_is_reached_are_told_and_it_does_not_go_round_for_ever()
    {
        var dead = await BuryAsync(8);
        _story.Space.MostPerReceive = 1;
        _story.Space.Faults.Hook = call =>
        {
            if (call.Operation == BrokerOperation.Receive) _story.Advance(TimeSpan.FromSeconds(10));
            return null;
        };

        (await Should.ThrowAsync<QueueUnavailableException>(() => _story.Queue.DeadLetters.ReplayAsync([dead[^1]], ReplayChanges.None, default))).Message.ShouldContain("older ones first");

        _story.Space.Calls.Count(BrokerOperation.Receive).ShouldBeLessThan(50);
        _story.Look.Dead.Count.ShouldBe(8);
    }

    [Fact]
    public async Task Of_a_purge_that_loses_a_lock_the_letter_stays()
    {
        var dead = await BuryAsync(3);
        _story.Space.Faults.Hook = call => call.Operation == BrokerOperation.Complete && call.MessageIds.Contains("m1")
            ? Fault.Before(Azure.Messaging.ServiceBus.ServiceBusFailureReason.MessageLockLost)
            : null;

        await Should.ThrowAsync<QueueUnavailableException>(() => _story.Queue.DeadLetters.PurgeAsync(dead, default));

        _story.Look.Dead.ShouldHaveSingleItem().MessageId.ShouldBe("m1");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-10)]
    [InlineData(10)]
    public void Fault_14_replays_are_due_in_a_steady_stream_after_a_burst_though_the_clock_is_set(int minutes)
    {
        var clock = new SetClock();
        var pace = new ReplayPace(clock);
        for (var i = 0; i < 500; i++) pace.Next().ShouldBeNull();

        clock.IsOffBy = TimeSpan.FromMinutes(minutes);

        for (var i = 1; i <= 1000; i++) pace.Next().ShouldBe(clock.GetUtcNow() + (TimeSpan.FromSeconds(1) * i / 250));
        clock.Advance(TimeSpan.FromSeconds(4));
        pace.Next().ShouldBe(clock.GetUtcNow() + TimeSpan.FromMilliseconds(4), "another batch goes on where the last one ended");
        clock.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 500; i++) pace.Next().ShouldBeNull();
        pace.Next().ShouldNotBeNull();
    }

    private static async Task Patiently(Func<bool> isSo)
    {
        for (var looks = 0; looks < 2000 && !isSo(); looks++) await Task.Delay(TimeSpan.FromMilliseconds(5));
        isSo().ShouldBeTrue();
    }

    private async Task<long[]> BuryAsync(int count)
    {
        await _story.EnqueueAsync([.. Enumerable.Range(0, count).Select(i => $"m{i}")]);
        foreach (var lease in await _story.LeaseAllAsync()) await lease.DeadLetterAsync(DeadLetterReason.PermanentFailure, "no", _story.Attempt(), default);
        _story.Space.Calls.Clear();
        return [.. _story.Look.Dead.Select(letter => letter.SequenceNumber)];
    }
}
