using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.Tests.Queues;

/// <summary>An id that repeats inside the duplicate-detection window is dropped silently: what must get through has another.</summary>
public class MessageIdsTests
{
    private static readonly string LongestId = new('i', Envelope.MaxIdLength);
    private static readonly string LongestDelivery = Envelope.DeliveryIdOf(LongestId, "wh_" + new string('w', 24));

    [Fact]
    public void Short_ids_can_be_read()
    {
        MessageIds.Event("evt_1").ShouldBe("evt_1.event");
        MessageIds.EventStep("evt_1", 2).ShouldBe("evt_1.event.2");
        MessageIds.Replay("evt_1.wh_1", 3).ShouldBe("evt_1.wh_1:r3");
        MessageIds.Again("evt_1.wh_1", "nonce").ShouldBe("evt_1.wh_1.again.nonce");
    }

    [Fact]
    public void However_long_an_id_and_however_often_it_is_replayed_a_broker_takes_it()
    {
        var ids = new List<string> { LongestDelivery, MessageIds.Event(LongestId), MessageIds.EventStep(LongestId, int.MaxValue), MessageIds.Again(LongestDelivery, new string('n', 10)) };
        for (var i = 1; i < 200; i++) ids.Add(MessageIds.Replay(ids[^1], i));

        ids.ShouldAllBe(id => id.Length <= MessageIds.MaxLength);
        ids.ShouldBeUnique();
    }

    [Fact]
    public void Long_ids_that_differ_only_at_their_ends_stay_different()
    {
        var ids = Enumerable.Range(0, 1_000).Select(n => MessageIds.Replay(LongestDelivery, n)).Concat(Enumerable.Range(0, 1_000).Select(n => MessageIds.Again(LongestDelivery, $"{n:D10}"))).ToList();

        ids.ShouldAllBe(id => id.Length <= MessageIds.MaxLength);
        ids.ShouldBeUnique();
    }

    [Fact]
    public void The_same_is_the_same_again() => MessageIds.Replay(LongestDelivery, 7).ShouldBe(MessageIds.Replay(LongestDelivery, 7));

    [Fact]
    public void What_we_make_is_never_a_producer_s_own_id()
    {
        foreach (var id in new[] { MessageIds.Event("evt"), MessageIds.EventStep("evt", 1), MessageIds.Again("evt", "n"), Envelope.DeliveryIdOf("evt", "wh_1"), MessageIds.Replay(LongestDelivery, 1) })
            Envelope.IsId(id).ShouldBeFalse();
    }
}
