namespace Posthorn.ContractTests.Emulator;

/// <summary>
/// The real broker that the contract kit runs against: a namespace named by <c>POSTHORN_TEST_SERVICE_BUS</c> (a connection string with the
/// right to manage), else the emulator in a container.
/// </summary>
/// <param name="ConnectionString">For messages.</param>
/// <param name="Management">For queues, which are made and deleted for each fact.</param>
public sealed record BrokerSettings(string ConnectionString, string Management)
{
    /// <summary>The variable.</summary>
    public const string Variable = "POSTHORN_TEST_SERVICE_BUS";

    /// <summary>The namespace that the variable names; null when it names none.</summary>
    public static BrokerSettings? FromVariable() => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text ? new BrokerSettings(text, text) : null;

    /// <summary>The emulator's; its key is the same everywhere.</summary>
    public static BrokerSettings OfEmulator(string host, int amqp, int management) => new(Emulator(host, amqp), Emulator(host, management));

    private static string Emulator(string host, int port) =>
        $"Endpoint=sb://{host}:{port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;";
}
