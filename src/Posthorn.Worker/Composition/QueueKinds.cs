using Posthorn.Queues;
using Posthorn.Settings;
using Posthorn.Sqlite;
#if SERVICE_BUS
using Posthorn.ServiceBus;
using Posthorn.Worker.Composition.ServiceBus;
#endif

namespace Posthorn.Worker.Composition;

/// <summary>The queues there are. Section <c>queue</c>.</summary>
internal static class QueueKinds
{
    /// <summary>The variable that selects Azure Service Bus.</summary>
    private const string ConnectionStringVariable = "AZURE_SERVICE_BUS_CONNECTION_STRING";

    /// <summary>Reads the section <c>queue</c>.</summary>
    public static IQueueKind Read(SettingsSection queue, OrderingOptions ordering, Func<string, string?> variable)
    {
        queue.AcceptOnly("kind", "lockDuration", "duplicateWindow", "maxDeliveryCount", "sqlite", "serviceBus");
        return Kind(queue, variable) == Names.ServiceBus
            ? OnServiceBus(queue, ordering, variable)
            : new SqliteQueueKind(SqliteQueueOptions.From(queue) with { OnExhausted = ordering.OnExhausted });
    }

    /// <summary>What is set wins over the variable, but not over the default.</summary>
    private static Names Kind(SettingsSection queue, Func<string, string?> variable) =>
        string.IsNullOrWhiteSpace(variable(ConnectionStringVariable)) ? queue.Choice("kind", Names.Sqlite) : Names.ServiceBus;

#if SERVICE_BUS
    private static ServiceBusQueueKind OnServiceBus(SettingsSection queue, OrderingOptions ordering, Func<string, string?> variable) =>
        new(ServiceBusQueueOptions.From(queue, variable) with { HoldsExhausted = ordering.OnExhausted == OnExhausted.Hold });
#else
    private static SqliteQueueKind OnServiceBus(SettingsSection queue, OrderingOptions ordering, Func<string, string?> variable) => queue.Wrong(
        "kind", queue.Text("kind") is { } kind && kind.Equals("serviceBus", StringComparison.OrdinalIgnoreCase) ? kind : $"serviceBus by {ConnectionStringVariable}",
        $"sqlite in this build; rebuild for Azure Service Bus with: dotnet build Worker.sln -p:ServiceBus=true{(variable("DOTNET_RUNNING_IN_CONTAINER") is null ? "" : " (infra/Dockerfile does)")}",
        new SqliteQueueKind(new SqliteQueueOptions()));
#endif

    /// <summary>As the configuration spells them.</summary>
    private enum Names
    {
        Sqlite,
        ServiceBus,
    }
}
