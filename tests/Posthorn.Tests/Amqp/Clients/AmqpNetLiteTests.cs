using System.Net;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Messages;
using Posthorn.Tests.Amqp.Support;
using Lite = Amqp;

namespace Posthorn.Tests.Amqp.Clients;

/// <summary>A client that nobody here wrote: AMQP.Net Lite.</summary>
public sealed class AmqpNetLiteTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TestBroker _broker = new()
    {
        Management = new("$management", (request, _) =>
        {
            using var reply = new MessageBuilder();
            return new(reply.Properties(new() { CorrelationId = request.Message.Properties?.MessageId }).Value("done").Encoded.ToArray());
        }),
    };

    private readonly AmqpListener _listener;

    public AmqpNetLiteTests()
    {
        _listener = new(_broker, new() { Mechanisms = [SaslCredentials.Anonymous, SaslCredentials.Plain] }, TimeProvider.System);
        _listener.Start(new(IPAddress.Loopback, 0));
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _broker.Faults.ShouldBeEmpty();
    }

    private async Task<Lite.Connection> ConnectAsync(string? user = null, int maxFrameSize = 0)
    {
        var factory = new Lite.ConnectionFactory();
        if (maxFrameSize > 0) factory.AMQP.MaxFrameSize = maxFrameSize;
        return await factory.CreateAsync(new Lite.Address("127.0.0.1", _listener.LocalEndPoint.ShouldNotBeNull().Port, user, user is null ? null : "secret", "/", "amqp"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(70_000)]
    [InlineData(1_000_000)]
    public async Task A_message_sent_is_received(int size)
    {
        var connection = await ConnectAsync("name");
        var session = new Lite.Session(connection);
        var sender = new Lite.SenderLink(session, "sender", "queue");
        var body = new byte[size];
        Random.Shared.NextBytes(body);
        await sender.SendAsync(new Lite.Message { Properties = new() { MessageId = "m1" }, BodySection = new Lite.Framing.Data { Binary = body } });
        var receiver = new Lite.ReceiverLink(session, "receiver", "queue");

        var message = await receiver.ReceiveAsync(Patience);

        message.Properties.MessageId.ShouldBe("m1");
        ((byte[])message.Body).ShouldBe(body);
        receiver.Accept(message);
        await receiver.CloseAsync();
        await sender.CloseAsync();
        await session.CloseAsync();
        await connection.CloseAsync();
        connection.Error.ShouldBeNull();
        _broker.Credentials.ShouldHaveSingleItem().TryReadPlain(out _, out var password).ShouldBeTrue();
        password.ShouldBe("secret");
    }

    [Fact]
    public async Task Thousands_of_messages_pass_in_small_frames()
    {
        const int count = 3_000;
        var connection = await ConnectAsync(maxFrameSize: 512);
        var session = new Lite.Session(connection);
        var sender = new Lite.SenderLink(session, "sender", "queue");
        var receiver = new Lite.ReceiverLink(session, "receiver", "queue");
        var all = new TaskCompletionSource();
        var received = 0;
        receiver.Start(50, (link, message) =>
        {
            link.Accept(message);
            if (Interlocked.Increment(ref received) == count) all.SetResult();
        });

        await Task.WhenAll(Enumerable.Range(0, count).Select(number => sender.SendAsync(new Lite.Message(new string('x', number % 1_500)))));

        await all.Task.WaitAsync(Patience);
        await connection.CloseAsync();
        connection.Error.ShouldBeNull();
    }

    [Fact]
    public async Task Every_outcome_reaches_the_server()
    {
        var connection = await ConnectAsync();
        var session = new Lite.Session(connection);
        var sender = new Lite.SenderLink(session, "sender", "queue");
        for (var number = 0; number < 4; number++) await sender.SendAsync(new Lite.Message($"m{number}"));
        var receiver = new Lite.ReceiverLink(session, "receiver", "queue");
        receiver.Accept(await receiver.ReceiveAsync(Patience));
        receiver.Release(await receiver.ReceiveAsync(Patience));
        receiver.Reject(await receiver.ReceiveAsync(Patience), new Lite.Framing.Error(new Lite.Types.Symbol("com.example:why")) { Description = "because" });
        receiver.Modify(await receiver.ReceiveAsync(Patience), deliveryFailed: true);
        await connection.CloseAsync();

        await Patiently.UntilAsync(() => _broker["queue"].Outcomes.Count == 4);
        _broker["queue"].Outcomes.Select(outcome => outcome?.GetType().Name).ShouldBe(["Accepted", "Released", "Rejected", "Modified"]);
    }

    [Fact]
    public async Task A_refused_link_tells_its_reason()
    {
        var connection = await ConnectAsync();
        var sender = new Lite.SenderLink(new Lite.Session(connection), "sender", "nowhere");

        var error = await Should.ThrowAsync<Lite.AmqpException>(() => sender.SendAsync(new Lite.Message("m")));

        error.Error.Condition.ToString().ShouldBe("amqp:not-found");
        await connection.CloseAsync();
    }

    [Fact]
    public async Task A_request_gets_its_answer()
    {
        var connection = await ConnectAsync();
        var session = new Lite.Session(connection);
        var receiver = new Lite.ReceiverLink(session, "replies", new Lite.Framing.Attach { Source = new Lite.Framing.Source { Address = "$management" }, Target = new Lite.Framing.Target { Address = "my-replies" } }, null);
        var sender = new Lite.SenderLink(session, "requests", "$management");
        await sender.SendAsync(new Lite.Message("ask") { Properties = new() { MessageId = "q1", ReplyTo = "my-replies" } });

        var reply = await receiver.ReceiveAsync(Patience);

        (reply.Properties.CorrelationId, reply.Body).ShouldBe(("q1", "done"));
        await connection.CloseAsync();
    }

    [Fact]
    public async Task A_server_that_stops_says_so()
    {
        var connection = await ConnectAsync();
        var session = new Lite.Session(connection);
        await new Lite.SenderLink(session, "sender", "queue").SendAsync(new Lite.Message("m"));
        var closed = new TaskCompletionSource<Lite.Framing.Error>();
        connection.Closed += (_, error) => closed.SetResult(error);

        await _listener.DisposeAsync();

        (await closed.Task.WaitAsync(Patience)).Condition.ToString().ShouldBe("amqp:connection:forced");
    }
}
