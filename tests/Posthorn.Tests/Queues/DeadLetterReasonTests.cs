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
    public void Each_replay_has_an_id_of_its_own() => new[] { 1, 2 }.Select(n => MessageIds.Replay("evt_1", n)).ShouldBe(["evt_1:r1", "evt_1:r2"]);
}
