using Posthorn.EndToEndTests.Faults;

namespace Posthorn.EndToEndTests.Ordering;

/// <summary>Ordering keys, seen by who receives.</summary>
public sealed class OrderedDeliveryTests : IAsyncLifetime
{
    private static readonly string[] Keys = ["a", "b", "c"];
    private readonly Harness _harness = new Harness().With("--queue:lockDuration=00:00:01").WithFastProfile([.. Enumerable.Repeat("00:00:00.2", 50)]);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_file_that_is_sent_arrives_in_the_order_of_its_keys_and_a_head_that_fails_holds_nobody_else()
    {
        IReadOnlyList<string> ids = [.. Enumerable.Range(1, 10).SelectMany(n => Keys.Append(KeyedReceiver.NoKey).Select(key => $"{key}_{n}"))];
        var overtaking = ids.Where(id => KeyedReceiver.KeyOf(id) != "a").ToHashSet();
        await using var receiver = await KeyedReceiver.StartAsync(Answer);
        await _harness.StartWorkerAsync();

        var sent = await _harness.RunAsync("send", _harness.Write("keyed.ndjson", string.Join('\n', ids.Select(receiver.Envelope))));

        sent.ExitCode.ShouldBe(0, sent.Everything());
        await _harness.UntilQueueIsEmptyAsync();
        foreach (var key in Keys) receiver.DeliveredOf(key).ShouldBe(ids.Where(id => KeyedReceiver.KeyOf(id) == key));
        receiver.Delivered.ShouldBe(ids, ignoreOrder: true);
        receiver.Overlaps.ShouldBeEmpty();

        // The first of each key fails twice, and that of one key until all others have overtaken it.
        int Answer(string id, int attempt)
        {
            if (id is "a_1" or "b_1" or "c_1" && attempt <= 2) return 503;
            lock (overtaking)
            {
                overtaking.Remove(id);
                return id == "a_1" && overtaking.Count > 0 ? 503 : 200;
            }
        }
    }

    [Fact]
    public async Task A_worker_that_is_killed_in_the_middle_loses_nothing_and_keeps_the_order_of_each_key()
    {
        IReadOnlyList<string> ids = [.. Enumerable.Range(1, 9).SelectMany(n => Keys.Select(key => $"{key}_{n}"))];
        await using var receiver = await KeyedReceiver.StartAsync((id, attempt) => (id[^1], attempt) switch { ('2', 1) => 503, ('5', 1) => KeyedReceiver.Never, _ => 200 });
        await _harness.PutAsync([.. ids.Select(id => EnvelopeMessages.Plain(id, receiver.Envelope(id)) with { OrderingKey = KeyedReceiver.KeyOf(id) })]);
        var first = await _harness.StartWorkerAsync();
        await Harness.UntilAsync(() => receiver.Count == Keys.Length * (5 + 1), "the fifth of each key is under way", first.Everything);

        await first.KillAsync();

        await _harness.StartWorkerAsync();
        await _harness.UntilQueueIsEmptyAsync();
        foreach (var key in Keys) receiver.DeliveredOf(key).ShouldBe(ids.Where(id => KeyedReceiver.KeyOf(id) == key));
        receiver.Overlaps.ShouldBeEmpty();
        _harness.Copies().ShouldBeEmpty();
    }

    [Fact]
    public async Task With_hold_a_key_waits_for_its_dead_letter_until_that_is_replayed_or_purged()
    {
        await using var receiver = await KeyedReceiver.StartAsync((id, attempt) => id is "a_1" or "a_3" && attempt == 1 ? 410 : 200);
        await _harness.StartWorkerAsync("--ordering:onExhausted=hold");

        await _harness.AcceptAsync([.. new[] { "a_1", "a_2", "a_3", "a_4" }.Select(receiver.Envelope)]);
        await ShouldStandAsync(receiver, dead: 1);
        await DeadLettersAsync("replay");
        await ShouldStandAsync(receiver, dead: 1, "a_1", "a_2");
        await DeadLettersAsync("purge");

        await ShouldStandAsync(receiver, dead: 0, "a_1", "a_2", "a_4");
        await _harness.UntilQueueIsEmptyAsync();
    }

    [Fact]
    public async Task With_skip_a_key_goes_on_without_its_dead_letter()
    {
        await using var receiver = await KeyedReceiver.StartAsync((id, _) => id == "a_1" ? 410 : 200);
        await _harness.StartWorkerAsync("--ordering:onExhausted=skip");

        await _harness.AcceptAsync([.. new[] { "a_1", "a_2", "a_3" }.Select(receiver.Envelope)]);

        await ShouldStandAsync(receiver, dead: 1, "a_2", "a_3");
        await _harness.UntilQueueIsEmptyAsync();
    }

    /// <summary>So far does the key get, and no farther: mail that is sent after it stands there overtakes it.</summary>
    private async Task ShouldStandAsync(KeyedReceiver receiver, int dead, params string[] delivered)
    {
        await Harness.UntilAsync(
            async () => receiver.DeliveredOf("a").Count >= delivered.Length && (await _harness.QueueCountsAsync()).GetProperty("dead").GetInt32() == dead,
            $"{dead} dead after {string.Join(' ', delivered)}", _harness.DescribeProcesses);
        var later = $"b_{receiver.Count}";
        await _harness.AcceptAsync(receiver.Envelope(later));
        await Harness.UntilAsync(() => receiver.Delivered.Contains(later), "other mail overtakes it", _harness.DescribeProcesses);
        receiver.DeliveredOf("a").ShouldBe(delivered);
    }

    private async Task DeadLettersAsync(string verb)
    {
        var done = await _harness.RunAsync("dead-letters", verb, "--yes");
        done.ExitCode.ShouldBe(0, done.Everything());
    }
}
