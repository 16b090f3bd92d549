using Posthorn.ContractTests.Queues;

namespace Posthorn.ContractTests.ServiceBus;

public sealed class ServiceBusQueueContractTests : QueueContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness();
}

public sealed class ServiceBusLeaseContractTests : LeaseContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness();
}

public sealed class ServiceBusRedeliveryContractTests : RedeliveryContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness();
}

public sealed class ServiceBusDuplicateContractTests : DuplicateContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness();
}

public sealed class ServiceBusDeadLetterContractTests : DeadLetterContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness();
}

public sealed class ServiceBusWaitingContractTests : WaitingContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness();
}

public sealed class ServiceBusDeadLetterScanContractTests : DeadLetterScanContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness();
}

public sealed class ServiceBusDeadLetterReplayContractTests : DeadLetterReplayContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness();
}

public sealed class ServiceBusDeadLetterRunContractTests : DeadLetterRunContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness();
}

public sealed class ServiceBusDeadLetterImportContractTests : DeadLetterImportContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness();
}

public sealed class ServiceBusReplayedMailContractTests : ReplayedMailContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness();
}

public sealed class ServiceBusOrderingContractTests : OrderingContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusOrderingHoldContractTests : OrderingHoldContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}

public sealed class ServiceBusOrderingWaitingContractTests : OrderingWaitingContract
{
    protected override QueueHarness NewHarness() => new DoubleHarness(requiresSessions: true);
}
