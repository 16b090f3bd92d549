using Posthorn.History;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.History;

public sealed class HistoryRecorderTests : IAsyncLifetime
{
    private readonly Parts _parts = new();
    private readonly MemoryDeliveryLog _log;
    private readonly HistoryRecorder _recorder;

    public HistoryRecorderTests() => (_log, _recorder) = (_parts.Log, _parts.History);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    [Fact]
    public async Task What_is_recorded_is_written_in_batches_and_in_order()
    {
        for (var i = 0; i < 2_500; i++) _recorder.Record(Delivery(i));

        await _parts.FlushAsync();

        _log.Batches.Count.ShouldBeInRange(3, 5);
        _log.Batches.ShouldAllBe(batch => batch.Deliveries.Count <= 1_000);
        _log.Batches.SelectMany(batch => batch.Deliveries).Select(delivery => delivery.DeliveryId).ShouldBe(Enumerable.Range(0, 2_500).Select(i => $"d{i}"));
    }

    [Fact]
    public async Task Deliveries_events_and_statuses_go_together()
    {
        _recorder.Record(Delivery(1));
        _recorder.Record(Archived(1, 10));
        _recorder.Record(Status(1));

        await _parts.FlushAsync();

        var batch = _log.Batches.ShouldHaveSingleItem();
        (batch.Deliveries.Count, batch.Events.Count, batch.Statuses.Count).ShouldBe((1, 1, 1));
    }

    [Fact]
    public async Task Fault_21_who_records_never_waits_and_nothing_is_lost_when_the_store_comes_back_in_time()
    {
        _log.IsAway = true;
        await _parts.StartAsync(_recorder);
        for (var i = 0; i < 5_000; i++) _recorder.Record(Delivery(i));
        await _parts.Clock.RunUntilAsync(() => _log.Calls >= 3, step: TimeSpan.FromMilliseconds(100));
        _recorder.Record(Delivery(5_000));

        _log.IsAway = false;
        await _parts.FlushAsync();

        _log.Deliveries.Count.ShouldBe(5_001);
        _recorder.Dropped.ShouldBe(0);
    }

    [Fact]
    public async Task Fault_21_what_there_is_no_room_for_is_counted_and_forgotten()
    {
        for (var i = 0; i < 60_000; i++) _recorder.Record(Delivery(i));

        _recorder.Dropped.ShouldBe(10_000);
        await _parts.FlushWhenThereIsRoomAsync();
        _log.Deliveries.Count.ShouldBe(50_000);
        _recorder.Record(Delivery(60_000));
        await _parts.FlushAsync();
        _log.Deliveries.Count.ShouldBe(50_001);
    }

    [Fact]
    public async Task Fault_21_while_the_store_lags_behind_attempts_have_the_room_and_what_was_not_tried_is_left_out()
    {
        for (var i = 0; i < 30_000; i++) _recorder.Record(Delivery(i) with { State = DeliveryState.Pending });
        for (var i = 0; i < 25_000; i++) _recorder.Record(Delivery(i));

        _recorder.Dropped.ShouldBe(0);
        await _parts.FlushWhenThereIsRoomAsync();
        _log.Batches.Sum(batch => batch.Deliveries.Count).ShouldBe(50_000);
        _log.Deliveries.Count.ShouldBe(25_000);
        _log.Deliveries.ShouldAllBe(delivery => delivery.State == DeliveryState.Delivered);
    }

    [Fact]
    public async Task Fault_21_payloads_are_bounded_by_their_size_and_there_is_room_again_once_they_are_written()
    {
        for (var i = 0; i < 70; i++) _recorder.Record(Archived(i, 1024 * 1024));
        _recorder.Record(Delivery(1));
        _recorder.Dropped.ShouldBe(6);

        await _parts.FlushAsync();
        for (var i = 70; i < 134; i++) _recorder.Record(Archived(i, 1024 * 1024));
        await _parts.FlushAsync();

        _recorder.Dropped.ShouldBe(6);
        (_log.Events.Count, _log.Deliveries.Count).ShouldBe((128, 1));
    }

    [Fact]
    public async Task Flushing_says_whether_it_is_in_the_store()
    {
        await _parts.StartAsync(_recorder);
        _recorder.Record(Delivery(1));
        (await FlushedAsync()).ShouldBeTrue();
        _log.Deliveries.ShouldHaveSingleItem();

        _log.IsAway = true;
        _recorder.Record(Delivery(2));
        (await FlushedAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task A_batch_that_the_store_refuses_does_not_stop_the_next_ones_and_is_not_said_to_be_written()
    {
        _log.Refuses = batch => batch.Deliveries.Any(delivery => delivery.DeliveryId == "d1");
        await _parts.StartAsync(_recorder);
        _recorder.Record(Delivery(1));
        (await FlushedAsync()).ShouldBeFalse();

        _recorder.Record(Delivery(2));
        (await FlushedAsync()).ShouldBeTrue();

        _log.Deliveries.ShouldHaveSingleItem().DeliveryId.ShouldBe("d2");
        _recorder.Dropped.ShouldBe(1);
    }

    [Fact]
    public async Task Fault_61_a_stop_writes_what_is_left()
    {
        _recorder.Record(Delivery(0));
        await _parts.FlushAsync();
        for (var i = 1; i < 3_000; i++) _recorder.Record(Delivery(i));

        await _parts.StopAsync(_recorder);

        _log.Deliveries.Count.ShouldBe(3_000);
    }

    [Fact]
    public async Task Fault_61_a_stop_does_not_wait_for_ever_for_a_store_that_is_away()
    {
        _log.IsAway = true;
        await _parts.StartAsync(_recorder);
        _recorder.Record(Delivery(1));
        await _parts.Clock.RunUntilAsync(() => _log.Calls > 0);
        var before = _parts.Clock.GetUtcNow();

        var stopped = _recorder.StopAsync(CancellationToken.None);
        await _parts.Clock.RunUntilAsync(stopped, step: TimeSpan.FromMilliseconds(100));

        (_parts.Clock.GetUtcNow() - before).ShouldBeInRange(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(8));
        _log.Deliveries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Payloads_that_are_not_to_be_kept_are_not_recorded()
    {
        using var recorder = _parts.NewRecorder(new HistoryOptions { KeepsPayloads = false });
        recorder.Record(Archived(1, 10));
        await _parts.StartAsync(recorder);

        (await _parts.Clock.RunUntilAsync(recorder.FlushAsync(TimeSpan.FromMinutes(1), CancellationToken.None))).ShouldBeTrue();

        var archived = _log.Events.ShouldHaveSingleItem();
        (archived.Id, archived.Data.Length).ShouldBe(("e1", 0));
        await _parts.StopAsync(recorder);
    }

    [Fact]
    public async Task A_history_that_is_off_records_nothing_and_holds_nobody_up()
    {
        using var recorder = _parts.NewRecorder(new HistoryOptions { IsEnabled = false });
        for (var i = 0; i < 60_000; i++) recorder.Record(Delivery(i));

        (await recorder.FlushAsync(TimeSpan.FromSeconds(5), CancellationToken.None)).ShouldBeTrue();

        recorder.Dropped.ShouldBe(0);
    }

    private Task<bool> FlushedAsync() => _parts.Clock.RunUntilAsync(_recorder.FlushAsync(TimeSpan.FromSeconds(10), CancellationToken.None), step: TimeSpan.FromMilliseconds(25));

    private static DeliveryRecord Delivery(int n) => new()
    {
        DeliveryId = $"d{n}",
        EventId = $"e{n}",
        Destination = "https://example.com/hook",
        Profile = "standard",
        Type = "t",
        State = DeliveryState.Delivered,
        FirstAt = Given.Now,
        LastAt = Given.Now,
        Attempts = [],
    };

    private static ArchivedEvent Archived(int n, int bytes) =>
        new() { Id = $"e{n}", Type = "t", Time = "2024-03-21T15:30:45Z", AcceptedAt = Given.Now, Matched = 0, Data = new byte[bytes] };

    private static StatusEntry Status(int n) =>
        new() { Entity = "job", EventId = $"e{n}", Type = "t", Profile = "proposal", Time = Given.Now, AcceptedAt = Given.Now, Data = "{}"u8.ToArray() };
}
