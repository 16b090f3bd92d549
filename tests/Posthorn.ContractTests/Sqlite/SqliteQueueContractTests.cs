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

public sealed class SqliteDeadLetterScanContractTests : DeadLetterScanContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteDeadLetterReplayContractTests : DeadLetterReplayContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteDeadLetterRunContractTests : DeadLetterRunContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteDeadLetterImportContractTests : DeadLetterImportContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteReplayedMailContractTests : ReplayedMailContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteOrderingContractTests : OrderingContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteOrderingHoldContractTests : OrderingHoldContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}

public sealed class SqliteOrderingWaitingContractTests : OrderingWaitingContract
{
    protected override QueueHarness NewHarness() => new SqliteQueueHarness();
}
