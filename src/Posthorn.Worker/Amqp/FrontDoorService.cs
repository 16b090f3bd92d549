using System.Net;
using System.Net.Sockets;
using Posthorn.Amqp;
using Posthorn.Amqp.Connections;
using Posthorn.Queues;
using Posthorn.Settings;
using Posthorn.Signing;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp.Access;
using Posthorn.Worker.Amqp.Listening;
using Posthorn.Worker.Amqp.Management;
using Posthorn.Worker.Amqp.Receiving;
using Posthorn.Worker.Amqp.Sending;
using Posthorn.Worker.Amqp.Sessions;
using Posthorn.Worker.Amqp.Transactions;
using Posthorn.Worker.Composition;

namespace Posthorn.Worker.Amqp;

/// <summary>Opens the front door with the worker and closes it before the worker stops.</summary>
internal sealed partial class FrontDoorService(FrontDoorOptions options, IDeliveryQueue queue, SqliteBroker broker, TimeProvider clock, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private const int MostConnections = 2_000;
    private readonly ILogger _logger = loggers.CreateLogger<FrontDoorService>();
    private readonly QueueIntake _intake = new(queue, loggers.CreateLogger<QueueIntake>());
    private readonly List<TlsListener> _secure = [];
    private AmqpListener? _listener;

    /// <summary>Whether it listens.</summary>
    public bool IsOpen => _listener is not null;

    /// <summary>Where it listens first without TLS; null when it does not.</summary>
    public IPEndPoint? LocalEndPoint => _listener?.LocalEndPoint;

    /// <summary>Where it listens first with TLS; null when it does not.</summary>
    public IPEndPoint? SecureEndPoint => _secure is [var first, ..] ? first.LocalEndPoint : null;

    /// <summary>Begins to listen; without its default port, which another program may have, the worker goes on.</summary>
    /// <exception cref="SettingsException">An address of <c>amqp:url</c> cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.SharedAccessKey is not { } secret) return; // The settings see to it that there is one.
        _listener = new AmqpListener(Door(secret), Protocol(), clock);
        _intake.Start();
        foreach (var url in options.Urls)
        {
            try
            {
                Listen(_listener, url);
            }
            catch (SocketException taken) when (options.IsDefaultUrl)
            {
                LogTaken(url, taken.Message);
                await DisposeAsync();
            }
            catch (SocketException refused)
            {
                throw new SettingsException("amqp:url", $"'{url.OriginalString}' cannot be listened on: {refused.Message}", "a free address of this machine, or empty for no AMQP");
            }
        }
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _listener, null) is not { } listener) return;
        foreach (var secure in _secure) await secure.DisposeAsync();
        await listener.DisposeAsync();
        await _intake.DisposeAsync();
    }

    private void Listen(AmqpListener listener, Uri url)
    {
        var address = FrontDoorOptions.EndPointOf(url);
        if (!FrontDoorOptions.IsSecure(url))
        {
            listener.Start(address);
            return;
        }

        var secure = new TlsListener(listener, FrontDoorCertificate.Load(options), clock);
        _secure.Add(secure);
        secure.Start(address);
    }

    private FrontDoor Door(SigningSecret secret)
    {
        var settler = new Settler(broker, loggers.CreateLogger<Settler>());
        var transactions = new TransactionBook(clock);
        var sessions = new SessionBook(broker, clock);
        var receivers = new ReceiverParts(broker, options.Queue, settler, transactions, clock, loggers.CreateLogger<ReceiverParts>());
        var management = new ManagementNode(
            new MessageOperations(broker, sessions, options.Queue), new ScheduleOperations(broker), new DispositionOperations(broker, settler, transactions), new SessionOperations(broker, sessions), clock,
            loggers.CreateLogger<ManagementNode>());
        return new FrontDoor(options.Queue, new SharedAccessKey(options.SharedAccessKeyName, secret), _intake, receivers, sessions, management, clock, loggers.CreateLogger<FrontDoor>());
    }

    private static AmqpOptions Protocol() => new()
    {
        Mechanisms = [SaslCredentials.MssbCbs, SaslCredentials.Plain, SaslCredentials.Anonymous],
        Limits = new AmqpLimits { MaxConnections = DescriptorBudget.OfThisProcess().ForApi(MostConnections) },
    };

    [LoggerMessage(96, LogLevel.Warning, "{Url} cannot be listened on, so Azure's SDKs cannot connect: {Cause}", EventName = "AmqpNotOpen")]
    private partial void LogTaken(Uri url, string cause);
}
