using Posthorn.ContractTests.Queues;

namespace Posthorn.ContractTests.Emulator;

public sealed class BrokerQueueContractTests(BrokerFixture broker) : QueueContract
{
    protected override QueueHarness NewHarness() => new BrokerHarness(broker);
}

public sealed class BrokerLeaseContractTests(BrokerFixture broker) : LeaseContract
{
    protected override QueueHarness NewHarness() => new BrokerHarness(broker);
}

public sealed class BrokerRedeliveryContractTests(BrokerFixture broker) : RedeliveryContract
{
    protected override QueueHarness NewHarness() => new BrokerHarness(broker);
}

public sealed class BrokerDuplicateContractTests(BrokerFixture broker) : DuplicateContract
{
    protected override QueueHarness NewHarness() => new BrokerHarness(broker);
}

public sealed class BrokerDeadLetterContractTests(BrokerFixture broker) : DeadLetterContract
{
    protected override QueueHarness NewHarness() => new BrokerHarness(broker);
}

public sealed class BrokerWaitingContractTests(BrokerFixture broker) : WaitingContract
{
    protected override QueueHarness NewHarness() => new BrokerHarness(broker);
}

public sealed class BrokerDeadLetterScanContractTests(BrokerFixture broker) : DeadLetterScanContract
{
    protected override QueueHarness NewHarness() => new BrokerHarness(broker);
}

public sealed class BrokerDeadLetterReplayContractTests(BrokerFixture broker) : DeadLetterReplayContract
{
    protected override QueueHarness NewHarness() => new BrokerHarness(broker);
}

public sealed class BrokerDeadLetterRunContractTests(BrokerFixture broker) : DeadLetterRunContract
{
    protected override QueueHarness NewHarness() => new BrokerHarness(broker);
}

public sealed class BrokerDeadLetterImportContractTests(BrokerFixture broker) : DeadLetterImportContract
{
    protected override QueueHarness NewHarness() => new BrokerHarness(broker);
}

public sealed class BrokerReplayedMailContractTests(BrokerFixture broker) : ReplayedMailContract
{
    protected override QueueHarness NewHarness() => new BrokerHarness(broker);
}
