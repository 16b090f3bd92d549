using Posthorn.ContractTests.Queues;

namespace Posthorn.ContractTests.Sqlite;

public sealed class SqliteQueueContractTests : QueueContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteLeaseContractTests : LeaseContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteRedeliveryContractTests : RedeliveryContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteDuplicateContractTests : DuplicateContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteDeadLetterContractTests : DeadLetterContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteWaitingContractTests : WaitingContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}
