using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Configuration;
using Posthorn.ServiceBus;
using Posthorn.Settings;

namespace Posthorn.ContractTests.ServiceBus;

/// <summary>What the settings and variables of the queue say, and what is refused by name and without the key.</summary>
public sealed class OptionsTests
{
    private const string Keyed = "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=posthorn;SharedAccessKey=c2VjcmV0";
    private const string Emulator = "Endpoint=sb://localhost;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=c2VjcmV0;UseDevelopmentEmulator=true;";

    /// <summary>A setting that is wrong, and the key by which it is named.</summary>
    public static TheoryData<string, string, string> Wrong => new()
    {
        { "serviceBus:connectionString", "nonsense;SharedAccessKey=c2VjcmV0", "serviceBus:connectionString" },
        { "serviceBus:connectionString", "Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=c2VjcmV0", "serviceBus:connectionString" },
        { "serviceBus:connectionString", Keyed + ";EntityPath=other", "serviceBus:connectionString" },
        { "serviceBus:namespace", "shop", "serviceBus:namespace" },
        { "serviceBus:namespace", "https://shop.servicebus.windows.net", "serviceBus:namespace" },
        { "serviceBus:namespace", "", "serviceBus:namespace" },
        { "serviceBus:queue", "notifications/$deadletterqueue", "serviceBus:queue" },
        { "serviceBus:clients", "0", "serviceBus:clients" },
        { "serviceBus:clients", "33", "serviceBus:clients" },
        { "serviceBus:maxSessions", "501", "serviceBus:maxSessions" },
        { "serviceBus:sessions", "perhaps", "serviceBus:sessions" },
        { "serviceBus:transport", "http", "serviceBus:transport" },
        { "serviceBus:proxy", "http://proxy:3128", "serviceBus:proxy" },
        { "serviceBus:retry:maxRetries", "-1", "serviceBus:retry:maxRetries" },
        { "serviceBus:retry:mode", "often", "serviceBus:retry:mode" },
        { "serviceBus:prefetch", "10", "serviceBus:prefetch" },
        { "lockDuration", "00:10:00", "lockDuration" },
    };

    [Fact]
    public void A_namespace_is_enough_and_the_rest_has_defaults()
    {
        var options = Read([("serviceBus:namespace", "shop.servicebus.windows.net")]);

        (options.Namespace, options.ConnectionString, options.Queue, options.Host).ShouldBe(("shop.servicebus.windows.net", null, "notifications", "shop.servicebus.windows.net"));
        (options.Transport, options.Clients, options.Sessions, options.MaxSessions, options.LockDuration).ShouldBe((ServiceBusTransportType.AmqpTcp, 1, false, 32, TimeSpan.FromMinutes(1)));
        (options.Retry.MaxRetries, options.Retry.TryTimeout).ShouldBe((3, TimeSpan.FromMinutes(1)));
        options.ToString().ShouldBe("shop.servicebus.windows.net/notifications");
    }

    [Fact]
    public void Every_setting_is_read()
    {
        var options = Read([
            ("serviceBus:connectionString", $" {Keyed} "), ("serviceBus:queue", "orders"), ("serviceBus:transport", "amqpWebSockets"), ("serviceBus:proxy", "http://proxy:3128"),
            ("serviceBus:clients", "4"), ("serviceBus:sessions", "true"), ("serviceBus:maxSessions", "100"), ("lockDuration", "00:00:30"),
            ("serviceBus:retry:maxRetries", "5"), ("serviceBus:retry:delay", "00:00:01"), ("serviceBus:retry:maxDelay", "00:00:30"), ("serviceBus:retry:tryTimeout", "00:00:10"), ("serviceBus:retry:mode", "fixed"),
        ]);

        (options.ConnectionString, options.Queue, options.Transport, options.Proxy).ShouldBe((Keyed, "orders", ServiceBusTransportType.AmqpWebSockets, new Uri("http://proxy:3128")));
        (options.Clients, options.Sessions, options.MaxSessions, options.LockDuration).ShouldBe((4, true, 100, TimeSpan.FromSeconds(30)));
        (options.Retry.MaxRetries, options.Retry.Delay, options.Retry.MaxDelay, options.Retry.TryTimeout, options.Retry.Mode)
            .ShouldBe((5, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10), ServiceBusRetryMode.Fixed));
    }

    [Fact]
    public void Variables_stand_in_for_what_the_settings_do_not_say()
    {
        (string, string)[] variables = [("AZURE_SERVICE_BUS_CONNECTION_STRING", Keyed), ("AZURE_SERVICE_BUS_QUEUE_NAME", "orders")];

        var options = Read([], variables);
        (options.ConnectionString, options.Queue, options.ToString()).ShouldBe((Keyed, "orders", "shop.servicebus.windows.net/orders"));
        Read([("serviceBus:queue", "mine")], variables).Queue.ShouldBe("mine");
    }

    [Fact]
    public void The_emulator_is_managed_on_a_port_of_its_own_and_a_namespace_where_it_is()
    {
        ConnectionParts.ForManagement(Emulator).ShouldBe(Emulator.Replace("sb://localhost", "sb://localhost:5300", StringComparison.Ordinal));
        ConnectionParts.ForManagement(Keyed).ShouldBe(Keyed);
        Read([("serviceBus:connectionString", Emulator)]).Host.ShouldBe("localhost");
    }

    [Theory, MemberData(nameof(Wrong))]
    public void What_is_wrong_is_named_and_no_key_is_shown(string key, string value, string named)
    {
        (string, string)[] settings = key.Contains("connectionString", StringComparison.Ordinal) || key.Contains("namespace", StringComparison.Ordinal)
            ? [(key, value)]
            : [("serviceBus:connectionString", Keyed), (key, value)];
        var errors = new List<SettingError>();

        _ = Read(settings, [], errors);

        var error = errors.ShouldHaveSingleItem();
        error.ToString().ShouldContain(named);
        error.ToString().ShouldNotContain("c2VjcmV0");
    }

    private static ServiceBusQueueOptions Read((string Key, string Value)[] settings, (string Key, string Value)[]? variables = null, List<SettingError>? errors = null)
    {
        var noted = errors ?? [];
        var section = new SettingsSection(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build(), "", noted);
        var options = ServiceBusQueueOptions.From(section, name => (variables ?? []).Where(variable => variable.Key == name).Select(variable => variable.Value).FirstOrDefault());
        if (errors is null) noted.ShouldBeEmpty();
        return options;
    }
}
