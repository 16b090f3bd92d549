using Posthorn.Queues;

namespace Posthorn.Tests.Queues;

public class DeadLetterReasonTests
{
    [Fact]
    public void The_reasons_are_these_exact_strings() =>
        new[]
        {
            DeadLetterReason.RetriesExhausted, DeadLetterReason.PermanentFailure, DeadLetterReason.EndpointGone, DeadLetterReason.BlockedAddress,
            DeadLetterReason.InvalidDestination, DeadLetterReason.InvalidHeader, DeadLetterReason.MalformedEnvelope, DeadLetterReason.UnknownProfile,
            DeadLetterReason.SecretUnavailable, DeadLetterReason.PayloadTooLarge, DeadLetterReason.Expired, DeadLetterReason.MaxDeliveryCountExceeded,
            DeadLetterReason.TtlExpired,
        }.Select(reason => reason.ToString()).ShouldBe(
            [
                "RetriesExhausted", "PermanentFailure", "EndpointGone", "BlockedAddress", "InvalidDestination", "InvalidHeader", "MalformedEnvelope",
                "UnknownProfile", "SecretUnavailable", "PayloadTooLarge", "Expired", "MaxDeliveryCountExceeded", "TTLExpiredException",
            ]);

    [Fact]
    public void Fault_54_an_enormous_description_is_cut_to_4096()
    {
        DeadLetterReason.Bounded(new string('x', 4096)).ShouldBe(new string('x', 4096));
        DeadLetterReason.Bounded(new string('x', 100_000)).ShouldBe(new string('x', 4095) + "…");
    }

    [Fact]
    public void A_copy_s_id_never_repeats_and_a_replay_s_is_its_own()
    {
        MessageIds.Copy("evt_1", 2, 3).ShouldBe("evt_1:2:3");
        MessageIds.Replay("evt_1", 1).ShouldBe("evt_1:r1");
    }
}
