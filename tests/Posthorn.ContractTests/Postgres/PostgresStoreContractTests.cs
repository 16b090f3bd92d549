using Posthorn.ContractTests.Stores;
using Posthorn.Postgres;

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

public sealed class PostgresDeadLetterRunStoreTests : DeadLetterRunStoreContract
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
    protected override string Migrations => "SELECT count(*) / max(version) FROM posthorn_schema";

    protected override string FirstSchema =>
        $"{FirstScript(typeof(PostgresStores).Assembly)}; CREATE TABLE posthorn_schema (version BIGINT PRIMARY KEY, applied_at TIMESTAMPTZ NOT NULL DEFAULT now()); INSERT INTO posthorn_schema VALUES (1)";

    protected override StoreHarness NewHarness() => new PostgresStoreHarness();
}
