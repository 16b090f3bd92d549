using System.Net;
using Microsoft.Azure.Amqp;
using Microsoft.Azure.Amqp.Framing;
using Posthorn.Amqp.Connections;
using Posthorn.Amqp.Messages;
using Posthorn.Tests.Amqp.Support;
using DeliveryState = Posthorn.Amqp.Performatives.DeliveryState;
using Source = Microsoft.Azure.Amqp.Framing.Source;
using Target = Microsoft.Azure.Amqp.Framing.Target;

namespace Posthorn.Tests.Amqp.Clients;

/// <summary>A client that nobody here wrote: the AMQP library under Azure's own .NET SDKs.</summary>
public sealed class AzureAmqpTests : IAsyncDisposable
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

    public AzureAmqpTests()
    {
        _listener = new(_broker, new() { Mechanisms = [SaslCredentials.Anonymous] }, TimeProvider.System);
        _listener.Start(new(IPAddress.Loopback, 0));
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        _broker.Faults.ShouldBeEmpty();
    }

    private async Task<AmqpSession> BeginAsync()
    {
        var connection = await new AmqpConnectionFactory().OpenConnectionAsync($"amqp://127.0.0.1:{_listener.LocalEndPoint.ShouldNotBeNull().Port}");
        var session = connection.CreateSession(new AmqpSessionSettings());
        await session.OpenAsync(Patience);
        return session;
    }

    private static AmqpLinkSettings Link(string name, bool isReceiver, string address, SettleMode mode) => new()
    {
        LinkName = name,
        Role = isReceiver,
        SettleType = mode,
        TotalLinkCredit = isReceiver ? 10u : 0,
        AutoSendFlow = true,
        Source = new Source { Address = isReceiver ? address : "mine" },
        Target = new Target { Address = isReceiver ? "mine" : address },
    };

    [Theory]
    [InlineData(10, SettleMode.SettleOnReceive)]
    [InlineData(300_000, SettleMode.SettleOnReceive)]
    [InlineData(10, SettleMode.SettleOnDispose)] // The receiver's settle mode is second: the server settles before it does.
    [InlineData(300_000, SettleMode.SettleOnDispose)]
    public async Task A_message_sent_is_received_and_settled_as_agreed(int size, SettleMode mode)
    {
        var session = await BeginAsync();
        var sender = new SendingAmqpLink(session, Link("sender", isReceiver: false, "queue", mode));
        await sender.OpenAsync(Patience);
        var body = new byte[size];
        Random.Shared.NextBytes(body);
        using var message = Microsoft.Azure.Amqp.AmqpMessage.Create(new Data { Value = new ArraySegment<byte>(body) });

        var sent = await sender.SendMessageAsync(message, new ArraySegment<byte>([1]), AmqpConstants.NullBinary, Patience);

        sent.DescriptorCode.ShouldBe(Accepted.Code);
        var receiver = new ReceivingAmqpLink(session, Link("receiver", isReceiver: true, "queue", mode));
        await receiver.OpenAsync(Patience);
        var received = await receiver.ReceiveMessageAsync(Patience);
        received.DataBody.Single().Value.ShouldBe(new ArraySegment<byte>(body));
        if (mode == SettleMode.SettleOnDispose)
        {
            var outcome = await receiver.DisposeMessageAsync(received.DeliveryTag, new Rejected(), batchable: false, Patience);
            outcome.DescriptorCode.ShouldBe(Rejected.Code);
            _broker["queue"].Outcomes.ShouldHaveSingleItem().ShouldBeOfType<DeliveryState.Rejected>();
        }

        await session.Connection.CloseAsync(Patience);
    }

    [Fact]
    public async Task A_request_gets_its_answer()
    {
        var session = await BeginAsync();
        var link = new RequestResponseAmqpLink("test", session, "$management", new Fields());
        await link.OpenAsync(Patience);
        using var request = Microsoft.Azure.Amqp.AmqpMessage.Create(new AmqpValue { Value = "ask" });

        var response = await Task.Factory.FromAsync((callback, state) => link.BeginRequest(request, Patience, callback, state), link.EndRequest, null);

        response.ValueBody.Value.ShouldBe("done");
        await session.Connection.CloseAsync(Patience);
    }
}
