using Posthorn.ContractTests.Queues;

namespace Posthorn.ContractTests.FrontDoor;

public sealed class FrontDoorSessionQueueContractTests : QueueContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorSessionLeaseContractTests : LeaseContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorSessionRedeliveryContractTests : RedeliveryContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorSessionDuplicateContractTests : DuplicateContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorSessionDeadLetterContractTests : DeadLetterContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorSessionWaitingContractTests : WaitingContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorSessionDeadLetterScanContractTests : DeadLetterScanContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorSessionDeadLetterReplayContractTests : DeadLetterReplayContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorSessionDeadLetterRunContractTests : DeadLetterRunContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorSessionDeadLetterImportContractTests : DeadLetterImportContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}

public sealed class FrontDoorSessionReplayedMailContractTests : ReplayedMailContract
{
    protected override QueueHarness NewHarness() => new FrontDoorHarness(requiresSessions: true);
}
