using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Time.Testing;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Double;

/// <summary>What the facts about the double have in common: one namespace with one queue, a client, and short words for what is done with them.</summary>
public abstract class DoubleFacts : IAsyncLifetime
{
    protected const string Q = "notifications";

    /// <summary>Long enough for a busy machine; a fact that needs it all has failed.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>How long to wait for what must not come, in real time.</summary>
    protected static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(20);

    private readonly List<ServiceBusClient> _clients = [];

    protected DoubleFacts()
    {
        Space = InMemoryNamespace.Start($"{Guid.NewGuid():N}.servicebus.test", Clock);
        Client = NewClient();
        Sender = Client.CreateSender(Q);
        Receiver = Client.CreateReceiver(Q);
        DeadReceiver = Client.CreateReceiver(Q, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
    }

    protected FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    protected virtual QueueRules Rules { get; } = new() { LockDuration = TimeSpan.FromSeconds(30), MaxDeliveryCount = 3 };

    protected InMemoryNamespace Space { get; }

    protected ServiceBusClient Client { get; }

    protected ServiceBusSender Sender { get; }

    protected ServiceBusReceiver Receiver { get; }

    protected ServiceBusReceiver DeadReceiver { get; }

    /// <summary>What the queue holds, as <c>active a b, dead c</c>.</summary>
    protected string Contents
    {
        get
        {
            var look = Space.Look(Q);
            (string State, IReadOnlyList<ServiceBusReceivedMessage> Messages)[] states =
                [("active", look.Active), ("locked", look.Locked), ("scheduled", look.Scheduled), ("deferred", look.Deferred), ("dead", look.Dead)];
            return string.Join(", ", states.Where(held => held.Messages.Count > 0).Select(held => $"{held.State} {string.Join(' ', Ids(held.Messages))}"));
        }
    }

    protected DateTimeOffset Now => Clock.GetUtcNow();

    public ValueTask InitializeAsync()
    {
        Space.AddQueue(Q, Rules);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) await client.DisposeAsync();
        Space.Dispose();
        GC.SuppressFinalize(this);
    }

    protected ServiceBusClient NewClient(bool crossEntity = false, TimeSpan? tryTimeout = null)
    {
        var client = new ServiceBusClient(Space.ConnectionString, new ServiceBusClientOptions
        {
            EnableCrossEntityTransactions = crossEntity,
            RetryOptions = new ServiceBusRetryOptions { TryTimeout = tryTimeout ?? Patience },
        });
        _clients.Add(client);
        return client;
    }

    protected static ServiceBusMessage Message(string id, string body = "{}") => new(body) { MessageId = id };

    protected static IEnumerable<string?> Ids(IEnumerable<ServiceBusReceivedMessage> messages) => messages.Select(message => message.MessageId);

    protected static async Task<ServiceBusFailureReason> ReasonOfAsync(Func<Task> act) => (await Should.ThrowAsync<ServiceBusException>(act)).Reason;

    protected async Task SendAsync(params string[] ids)
    {
        foreach (var id in ids) await Sender.SendMessageAsync(Message(id));
    }

    protected Task<ServiceBusReceivedMessage> ReceiveAsync() => ReceiveAsync(Receiver);

    protected static async Task<ServiceBusReceivedMessage> ReceiveAsync(ServiceBusReceiver receiver) =>
        (await receiver.ReceiveMessageAsync(Patience)).ShouldNotBeNull();

    protected Task NothingComesAsync() => NothingComesAsync(Receiver);

    protected static async Task NothingComesAsync(ServiceBusReceiver receiver) => (await receiver.ReceiveMessageAsync(Brief)).ShouldBeNull();

    protected void LocksRunOut() => Clock.Advance(Rules.LockDuration);
}
