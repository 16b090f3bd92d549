using Posthorn.ContractTests.Stores;
using Posthorn.Sqlite;

namespace Posthorn.ContractTests.Sqlite;

public sealed class SqliteEndpointStoreTests : EndpointStoreContract
{
    protected override StoreHarness NewHarness() => new SqliteStoreHarness();
}

public sealed class SqliteApiKeyStoreTests : ApiKeyStoreContract
{
    protected override StoreHarness NewHarness() => new SqliteStoreHarness();
}

public sealed class SqliteThrottleStoreTests : ThrottleStoreContract
{
    protected override StoreHarness NewHarness() => new SqliteStoreHarness();
}

public sealed class SqliteRecoveryStoreTests : RecoveryStoreContract
{
    protected override StoreHarness NewHarness() => new SqliteStoreHarness();
}

public sealed class SqliteDeadLetterRunStoreTests : DeadLetterRunStoreContract
{
    protected override StoreHarness NewHarness() => new SqliteStoreHarness();
}

public sealed class SqliteDeliveryLogTests : DeliveryLogContract
{
    protected override StoreHarness NewHarness() => new SqliteStoreHarness();
}

public sealed class SqliteDeliveryQueryTests : DeliveryQueryContract
{
    protected override StoreHarness NewHarness() => new SqliteStoreHarness();
}

public sealed class SqliteEventArchiveTests : EventArchiveContract
{
    protected override StoreHarness NewHarness() => new SqliteStoreHarness();
}

public sealed class SqliteStoreStartTests : StoreStartContract
{
    protected override string Migrations => "SELECT count(*) / 2 FROM counters";

    protected override string FirstSchema =>
        $"{FirstScript(typeof(SqliteStores).Assembly)}; PRAGMA user_version = 1; PRAGMA application_id = {StoreFile.ApplicationId}";

    protected override StoreHarness NewHarness() => new SqliteStoreHarness();
}
