using Posthorn.ContractTests.Queues;

namespace Posthorn.ContractTests.FrontDoor;

public sealed class FrontDoorQueueContractTests : QueueContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness();
}

public sealed class FrontDoorLeaseContractTests : LeaseContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness();
}

public sealed class FrontDoorRedeliveryContractTests : RedeliveryContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness();
}

public sealed class FrontDoorDuplicateContractTests : DuplicateContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness();
}

public sealed class FrontDoorDeadLetterContractTests : DeadLetterContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness();
}

public sealed class FrontDoorWaitingContractTests : WaitingContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness();
}

public sealed class FrontDoorDeadLetterScanContractTests : DeadLetterScanContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness();
}

public sealed class FrontDoorDeadLetterReplayContractTests : DeadLetterReplayContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness();
}

public sealed class FrontDoorDeadLetterRunContractTests : DeadLetterRunContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness();
}

public sealed class FrontDoorDeadLetterImportContractTests : DeadLetterImportContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness();
}

public sealed class FrontDoorReplayedMailContractTests : ReplayedMailContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness();
}

public sealed class FrontDoorOrderingContractTests : OrderingContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorOrderingHoldContractTests : OrderingHoldContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorOrderingWaitingContractTests : OrderingWaitingContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}
