using Posthorn.ContractTests.Stores;

namespace Posthorn.ContractTests.Postgres;

public sealed class PostgresEndpointStoreTests : EndpointStoreContract
{
    protected override StoreHarness NewHarness() => new PostgresStoreHarness();
}

public sealed class PostgresApiKeyStoreTests : ApiKeyStoreContract
{
    protected override StoreHarness NewHarness() => new PostgresStoreHarness();
}

public sealed class PostgresThrottleStoreTests : ThrottleStoreContract
{
    protected override StoreHarness NewHarness() => new PostgresStoreHarness();
}

public sealed class PostgresRecoveryStoreTests : RecoveryStoreContract
{
    protected override StoreHarness NewHarness() => new PostgresStoreHarness();
}

public sealed class PostgresDeliveryLogTests : DeliveryLogContract
{
    protected override StoreHarness NewHarness() => new PostgresStoreHarness();
}

public sealed class PostgresDeliveryQueryTests : DeliveryQueryContract
{
    protected override StoreHarness NewHarness() => new PostgresStoreHarness();
}

public sealed class PostgresEventArchiveTests : EventArchiveContract
{
    protected override StoreHarness NewHarness() => new PostgresStoreHarness();
}

public sealed class PostgresStoreStartTests : StoreStartContract
{
    protected override string Migrations => "SELECT count(*) FROM posthorn_schema";

    protected override StoreHarness NewHarness() => new PostgresStoreHarness();
}
