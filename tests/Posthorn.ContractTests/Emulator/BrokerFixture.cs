using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;
using Posthorn.ContractTests.Emulator;

[assembly: AssemblyFixture(typeof(BrokerFixture))]

namespace Posthorn.ContractTests.Emulator;

/// <summary>Starts the emulator with its database once, when the first fact asks for it; where there is no Docker, the facts are skipped and say so.</summary>
public sealed class BrokerFixture : IAsyncDisposable
{
    private const ushort AmqpPort = 5672;
    private const ushort ManagementPort = 5300;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly List<IContainer> _containers = [];
    private INetwork? _network;
    private BrokerSettings? _settings = BrokerSettings.FromVariable();
    private string? _problem;

    /// <summary>The broker.</summary>
    public async Task<BrokerSettings> StartAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_settings is null && _problem is null) await TryStartAsync();
            Assert.SkipWhen(_settings is null, $"There is no broker: {BrokerSettings.Variable} names none, and the emulator does not start: {_problem}");
            return _settings ?? throw new InvalidOperationException("It was skipped.");
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var container in _containers) await container.DisposeAsync();
        if (_network is not null) await _network.DisposeAsync();
        _gate.Dispose();
    }

    private async Task TryStartAsync()
    {
        try
        {
            var password = $"Aa1-{Guid.NewGuid():N}";
            _network = new NetworkBuilder().Build();
            await _network.CreateAsync();
            await StartOneAsync(new ContainerBuilder("mcr.microsoft.com/mssql/server:2022-latest")
                .WithNetwork(_network).WithNetworkAliases("sql")
                .WithEnvironment("ACCEPT_EULA", "Y").WithEnvironment("MSSQL_SA_PASSWORD", password).Build());
            var emulator = await StartOneAsync(new ContainerBuilder("mcr.microsoft.com/azure-messaging/servicebus-emulator:2.0.0")
                .WithNetwork(_network).WithPortBinding(AmqpPort, assignRandomHostPort: true).WithPortBinding(ManagementPort, assignRandomHostPort: true)
                .WithEnvironment("ACCEPT_EULA", "Y").WithEnvironment("SQL_SERVER", "sql").WithEnvironment("MSSQL_SA_PASSWORD", password)
                .WithWaitStrategy(Wait.ForUnixContainer().UntilHttpRequestIsSucceeded(request => request.ForPort(ManagementPort).ForPath("/health"))).Build());
            _settings = BrokerSettings.OfEmulator(emulator.Hostname, emulator.GetMappedPublicPort(AmqpPort), emulator.GetMappedPublicPort(ManagementPort));
        }
        catch (Exception noDocker)
        {
            _problem = noDocker.Message.ReplaceLineEndings(" ");
        }
    }

    private async Task<IContainer> StartOneAsync(IContainer container)
    {
        _containers.Add(container);
        await container.StartAsync();
        return container;
    }
}
