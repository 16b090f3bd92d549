using Microsoft.Extensions.Logging.Abstractions;
using Posthorn.Signing;
using Posthorn.Sqlite;
using Posthorn.Sqlite.Broker;
using Posthorn.Worker.Amqp;
using Lite = Amqp;

namespace Posthorn.Tests.Worker.Amqp;

/// <summary>A queue of its own with its front door, and AMQP.Net Lite as a client of it.</summary>
internal sealed class DoorHarness : IAsyncDisposable
{
    public const string Queue = "batch-notifications";
    public const string DeadLetters = Queue + "/$DeadLetterQueue";
    public const string KeyName = "RootManageSharedAccessKey";
    public const string Key = "a key of tests";
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("posthorn-door-");
    private readonly FrontDoorService _service;
    private readonly List<Lite.Connection> _connections = [];

    private DoorHarness(FrontDoorOptions options)
    {
        Store = SqliteQueue.Open(new SqliteQueueOptions { Path = Path.Combine(_folder.FullName, "queue.db") }, TimeProvider.System);
        Broker = new SqliteBroker(Store);
        _service = new FrontDoorService(options, Store, Broker, TimeProvider.System, NullLoggerFactory.Instance);
    }

    public SqliteQueue Store { get; }

    public SqliteBroker Broker { get; }

    public FrontDoorService Service => _service;

    public static async Task<DoorHarness> StartAsync(Func<FrontDoorOptions, FrontDoorOptions>? change = null)
    {
        var options = new FrontDoorOptions { Urls = [new Uri("amqp://127.0.0.1:0")], SharedAccessKey = new SigningSecret(Key) };
        var harness = new DoorHarness(change?.Invoke(options) ?? options);
        await harness._service.StartAsync(CancellationToken.None);
        return harness;
    }

    /// <summary>A session of a new connection: with the key as its password, or as nobody.</summary>
    public async Task<Lite.Session> ConnectAsync(string? password = Key)
    {
        var address = new Lite.Address("127.0.0.1", _service.LocalEndPoint.ShouldNotBeNull().Port, password is null ? null : KeyName, password, "/", "amqp");
        var connection = await new Lite.ConnectionFactory().CreateAsync(address);
        _connections.Add(connection);
        return new Lite.Session(connection);
    }

    /// <summary>Asks a node that answers requests.</summary>
    public static async Task<Lite.Message> AskAsync(Lite.Session session, string node, object body, params (string Name, object Value)[] properties)
    {
        var replies = $"replies-{Guid.NewGuid():N}";
        var receiver = new Lite.ReceiverLink(session, replies, new Lite.Framing.Attach { Source = new Lite.Framing.Source { Address = node }, Target = new Lite.Framing.Target { Address = replies } }, null);
        var sender = new Lite.SenderLink(session, $"to-{replies}", node);
        var request = new Lite.Message { BodySection = new Lite.Framing.AmqpValue { Value = body }, Properties = new() { MessageId = "q1", ReplyTo = replies }, ApplicationProperties = new() };
        foreach (var (name, value) in properties) request.ApplicationProperties[name] = value;
        await sender.SendAsync(request);
        var reply = await receiver.ReceiveAsync(Patience);
        reply.ShouldNotBeNull().Properties.CorrelationId.ShouldBe("q1");
        await receiver.CloseAsync();
        await sender.CloseAsync();
        return reply;
    }

    /// <summary>Asks <c>$management</c> of the queue, or of its dead letters.</summary>
    public static Task<Lite.Message> ManageAsync(Lite.Session session, string operation, Lite.Types.Map body, string entity = Queue) =>
        AskAsync(session, $"{entity}/$management", body, ("operation", $"com.microsoft:{operation}"));

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Where(connection => !connection.IsClosed)) await connection.CloseAsync();
        await _service.DisposeAsync();
        Broker.Dispose();
        Store.Dispose();
        _folder.Delete(recursive: true);
    }
}
