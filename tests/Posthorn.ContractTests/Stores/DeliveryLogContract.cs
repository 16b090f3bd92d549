using FsCheck;
using FsCheck.Fluent;
using Posthorn.History;

namespace Posthorn.ContractTests.Stores;

/// <summary>What is written to the delivery log, in whatever pieces it comes.</summary>
public abstract class DeliveryLogContract : StoreFacts
{
    [Fact]
    public async Task A_delivery_comes_back_as_it_was()
    {
        var delivery = ADelivery("evt_1.wh_1") with
        {
            EventId = "evt_1",
            EndpointId = "wh_1",
            Tenant = "acme",
            Subject = "batch-7",
            State = DeliveryState.DeadLettered,
            Reason = "RetriesExhausted",
            LastAt = Now.AddSeconds(9),
            NextAttemptAt = Now.AddSeconds(10),
            Status = 503,
            Attempts = [AnAttempt(1), AnAttempt(2) with { Status = null, Error = "Timeout", Detail = "no answer \n within 15 s" }],
        };
        await WriteAsync(delivery);

        Same(await DeliveryAsync("evt_1.wh_1"), delivery);
    }

    [Theory]
    [InlineData(DeliveryState.Pending)]
    [InlineData(DeliveryState.Retrying)]
    [InlineData(DeliveryState.Delivered)]
    [InlineData(DeliveryState.DeadLettered)]
    [InlineData(DeliveryState.Dropped)]
    public async Task What_a_delivery_does_not_say_comes_back_unsaid(DeliveryState state)
    {
        var bare = ADelivery("evt_1") with { State = state, Status = null, Attempts = [] };
        await WriteAsync(bare);

        Same(await DeliveryAsync("evt_1"), bare);
    }

    [Fact]
    public async Task News_of_a_delivery_is_appended_and_its_newest_state_holds()
    {
        await WriteAsync(ADelivery("a") with { State = DeliveryState.Retrying, Status = 503, NextAttemptAt = Now.AddMinutes(1) });
        await WriteAsync(ADelivery("a") with { State = DeliveryState.DeadLettered, Reason = "RetriesExhausted", LastAt = Now.AddSeconds(20), Status = null, Attempts = [AnAttempt(3)] });
        await WriteAsync(ADelivery("a") with { State = DeliveryState.Retrying, LastAt = Now.AddSeconds(10), Status = 502, Attempts = [AnAttempt(2)] });

        var delivery = await DeliveryAsync("a");

        (delivery.State, delivery.Reason, delivery.Status, delivery.NextAttemptAt, delivery.LastAt).ShouldBe((DeliveryState.DeadLettered, "RetriesExhausted", null, null, Now.AddSeconds(20)));
        delivery.FirstAt.ShouldBe(Now);
        delivery.Attempts.ShouldBe([AnAttempt(1), AnAttempt(2), AnAttempt(3)]);
    }

    [Fact]
    public async Task One_delivery_may_be_several_times_in_a_batch()
    {
        await WriteAsync(
            ADelivery("a") with { State = DeliveryState.Pending, Attempts = [] },
            ADelivery("b"),
            ADelivery("a") with { State = DeliveryState.Retrying, LastAt = Now.AddSeconds(1), Status = 503 },
            ADelivery("a") with { LastAt = Now.AddSeconds(2), Attempts = [AnAttempt(2)] });

        var delivery = await DeliveryAsync("a");

        (delivery.State, delivery.Status).ShouldBe((DeliveryState.Delivered, 200));
        delivery.Attempts.Count.ShouldBe(2);
        (await PageAsync(new DeliveryQuery { Max = 9 })).ShouldBe(["b", "a"]);
    }

    [Fact]
    public async Task An_attempt_that_is_recorded_twice_is_one()
    {
        await WriteAsync(ADelivery("a"));
        await WriteAsync(ADelivery("a") with { Attempts = [AnAttempt(1), AnAttempt(1) with { At = Now.AddHours(1) }] });

        (await DeliveryAsync("a")).Attempts.ShouldBe([AnAttempt(1), AnAttempt(1) with { At = Now.AddHours(1) }]);
    }

    [Fact]
    public void Any_split_of_the_records_into_batches_gives_the_same_rows()
    {
        var record =
            from id in Gen.Elements("a", "b", "c")
            from state in Gen.Elements(Enum.GetValues<DeliveryState>())
            from second in Gen.Choose(0, 5)
            from attempts in Gen.ListOf(Gen.Choose(1, 9), 2)
            select ADelivery(id) with { State = state, LastAt = Now.AddSeconds(second), Status = 200 + second, Attempts = [.. attempts.Select(AnAttempt)] };
        var split = from records in Gen.ListOf(record) from cuts in Gen.ListOf(Gen.Choose(1, 4)) select (Records: records.ToList(), Cuts: cuts.ToList());
        var round = 0;

        Prop.ForAll(split.ToArbitrary(), sample =>
        {
            var (whole, pieces) = ($"w{++round}", $"p{round}");
            WriteAsync([.. Named(sample.Records, whole)]).Wait(Patience);
            var left = Named(sample.Records, pieces).ToList();
            foreach (var cut in sample.Cuts.Append(int.MaxValue))
            {
                WriteAsync([.. left.Take(cut)]).Wait(Patience);
                left = [.. left.Skip(cut)];
            }

            return Rows(whole).SequenceEqual(Rows(pieces));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

        IEnumerable<string> Rows(string subject) => Log.DeliveriesAsync(new DeliveryQuery { Max = 9, Tenant = subject }, default).Result.OrderBy(row => row.DeliveryId)
            .Select(row => $"{row.DeliveryId[..1]} {row.State} {row.FirstAt:O} {row.LastAt:O} {row.Status} {string.Join(", ", row.Attempts)}");
    }

    [Theory]
    [MemberData(nameof(AwkwardTexts))]
    public async Task Awkward_texts_come_back(string text)
    {
        var delivery = ADelivery("id" + text) with { EventId = text, EndpointId = text, Tenant = text, Type = text, Subject = text, Destination = text, Reason = text };
        await WriteAsync(delivery with { Attempts = [AnAttempt(1) with { Detail = text, Error = text }] });

        Same(await DeliveryAsync("id" + text), delivery with { Attempts = [AnAttempt(1) with { Detail = text, Error = text }] });
        (await Log.KnownDeliveriesAsync(["id" + text], default)).ShouldBe(["id" + text]);
        (await PageAsync(new DeliveryQuery { EventId = text, EndpointId = text, Tenant = text, Destination = text, Max = 9 })).ShouldBe(["id" + text]);
    }

    [Fact]
    public async Task What_no_database_stores_is_replaced_and_no_record_is_lost()
    {
        const string Odd = "a\0b\uD83D c\uDC00 🦉";
        await WriteAsync(ADelivery(Odd) with { Subject = Odd, Attempts = [AnAttempt(1) with { Detail = Odd }] });

        var delivery = await DeliveryAsync(Odd);

        delivery.Subject.ShouldBe("a\uFFFDb\uFFFD c\uFFFD 🦉");
        delivery.Attempts.ShouldHaveSingleItem().Detail.ShouldNotBeNull().ShouldEndWith("🦉");
        (await Log.KnownDeliveriesAsync([Odd, "b"], default)).ShouldBe([Odd]);
    }

    [Fact]
    public async Task Ids_of_any_length_are_ids()
    {
        var (one, two) = (new string('é', 9000) + "1", new string('é', 9000) + "2");
        await WriteAsync(ADelivery(one), ADelivery(two));
        await WriteAsync(ADelivery(one) with { Attempts = [AnAttempt(2)] });

        (await DeliveryAsync(one)).Attempts.Count.ShouldBe(2);
        (await DeliveryAsync(two)).Attempts.Count.ShouldBe(1);
        (await PageAsync(new DeliveryQuery { EventId = one, Max = 9 })).Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_huge_history_has_a_bound()
    {
        var huge = string.Concat(Enumerable.Repeat("🦉", 250_000));
        for (var i = 0; i < 30; i++) await WriteAsync(ADelivery("a") with { LastAt = Now.AddSeconds(i), Status = 200 + i, Attempts = [AnAttempt(i) with { Detail = huge }] });
        await WriteAsync([.. Enumerable.Range(0, 30).Select(i => ADelivery("b") with { Attempts = [AnAttempt(i) with { Detail = huge }] })]);

        (await DeliveryAsync("a")).Status.ShouldBe(229);
        foreach (var id in new[] { "a", "b" })
        {
            (await DeliveryAsync(id)).Attempts.Count.ShouldBeInRange(2, 29);
            (await DeliveryAsync(id)).Attempts[0].Detail.ShouldNotBeNull().Length.ShouldBeLessThan(5000);
        }
    }

    [Fact]
    public async Task A_batch_of_a_thousand_is_written_as_it_is()
    {
        await WriteAsync([.. Enumerable.Range(0, 1003).Select(i => ADelivery($"evt_{i:0000}"))]);

        (await PageAsync(new DeliveryQuery { Max = 2000 })).ShouldBe(Enumerable.Range(0, 1003).Reverse().Select(i => $"evt_{i:0000}"));
    }

    [Fact]
    public async Task Processes_that_write_of_the_same_deliveries_at_once_lose_nothing()
    {
        var other = await OpenAsync();
        string[] ids = [.. Enumerable.Range(0, 40).Select(i => $"evt_{i}")];

        await AtOnceAsync(6, async i =>
        {
            var order = i % 2 == 0 ? ids : ids.Reverse();
            await (i % 2 == 0 ? Stores : other).Log.WriteAsync(new HistoryBatch([.. order.Select(id => ADelivery(id) with { Attempts = [AnAttempt(i)] })], [], []), default);
            return i;
        });

        foreach (var id in ids) (await DeliveryAsync(id)).Attempts.Select(attempt => attempt.Number).ShouldBe([0, 1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task A_batch_is_written_whole_or_not_at_all()
    {
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => Log.WriteAsync(new HistoryBatch([ADelivery("a")], [AnEvent("evt_1")], []), stop.Token));

        (await PageAsync(new DeliveryQuery { Max = 9 })).ShouldBeEmpty();
        await WriteAsync(ADelivery("b"));
    }

    private static IEnumerable<DeliveryRecord> Named(IEnumerable<DeliveryRecord> records, string name) => records.Select(record => record with { DeliveryId = record.DeliveryId + name, Tenant = name });

    private static void Same(DeliveryRecord found, DeliveryRecord expected)
    {
        found.Position.ShouldBeGreaterThan(0);
        found.Attempts.ShouldBe(expected.Attempts);
        (found with { Position = 0, Attempts = expected.Attempts }).ShouldBe(expected);
    }
}
