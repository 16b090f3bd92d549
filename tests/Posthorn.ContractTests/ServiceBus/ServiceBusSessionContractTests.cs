using Posthorn.ContractTests.Queues;

namespace Posthorn.ContractTests.ServiceBus;

public sealed class ServiceBusSessionQueueContractTests : QueueContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusSessionLeaseContractTests : LeaseContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusSessionRedeliveryContractTests : RedeliveryContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusSessionDuplicateContractTests : DuplicateContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusSessionDeadLetterContractTests : DeadLetterContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusSessionWaitingContractTests : WaitingContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusSessionDeadLetterScanContractTests : DeadLetterScanContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusSessionDeadLetterReplayContractTests : DeadLetterReplayContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusSessionDeadLetterRunContractTests : DeadLetterRunContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusSessionDeadLetterImportContractTests : DeadLetterImportContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusSessionReplayedMailContractTests : ReplayedMailContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}
