using Azure.Core;
using Azure.Messaging.ServiceBus;
using Azure.Messaging.ServiceBus.Administration;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Double;

public sealed class NamespaceTests : DoubleFacts
{
    protected override QueueRules Rules { get; } = new() { DuplicateWindow = TimeSpan.FromMinutes(5), MaxDeliveryCount = 7, DeadLettersExpired = true };

    [Fact]
    public async Task A_client_with_a_credential_reaches_it_by_its_host()
    {
        await using var client = new ServiceBusClient(Space.Host, new NoCredential());

        await client.CreateSender(Q).SendMessageAsync(Message("a"));

        Contents.ShouldBe("active a");
    }

    [Fact]
    public async Task A_host_that_no_namespace_has_is_a_communication_problem()
    {
        await using var client = new ServiceBusClient("nowhere.servicebus.test", new NoCredential());

        (await ReasonOfAsync(() => client.CreateSender(Q).SendMessageAsync(Message("a")))).ShouldBe(ServiceBusFailureReason.ServiceCommunicationProblem);
    }

    [Fact]
    public async Task An_outage_is_a_communication_problem_and_what_was_there_is_there_after_it()
    {
        await SendAsync("a");
        var waiting = DeadReceiver.ReceiveMessageAsync(Patience);
        Space.IsReachable = false;

        (await ReasonOfAsync(() => waiting)).ShouldBe(ServiceBusFailureReason.ServiceCommunicationProblem);
        (await ReasonOfAsync(() => SendAsync("b"))).ShouldBe(ServiceBusFailureReason.ServiceCommunicationProblem);
        Space.IsReachable = true;
        (await ReceiveAsync()).MessageId.ShouldBe("a");
    }

    [Theory]
    [InlineData("Endpoint=sb://one.test/;SharedAccessKeyName=name")]
    [InlineData("SharedAccessKeyName=name;SharedAccessKey=a2V5")]
    public void A_connection_string_names_an_endpoint_and_a_key(string connectionString) =>
        Should.Throw<ArgumentException>(() => new ServiceBusClient(connectionString));

    [Fact]
    public void A_connection_string_is_of_keys_and_values() => Should.Throw<FormatException>(() => new ServiceBusClient("Endpoint"));

    [Fact]
    public void A_connection_string_for_one_entity_is_for_no_other()
    {
        var client = new ServiceBusClient($"{Space.ConnectionString};EntityPath={Q}");

        client.CreateSender(Q).EntityPath.ShouldBe(Q);
        Should.Throw<ArgumentException>(() => client.CreateSender("other"));
    }

    [Fact]
    public void A_connection_string_s_port_and_order_do_not_matter() =>
        new ServiceBusClient("SharedAccessKey=a2V5=;SharedAccessKeyName=n;UseDevelopmentEmulator=true;Endpoint=sb://localhost:5672").FullyQualifiedNamespace
            .ShouldBe("localhost");

    [Fact]
    public async Task The_counts_say_what_there_is()
    {
        await SendAsync("dead", "locked", "active");
        await Receiver.DeadLetterMessageAsync(await ReceiveAsync());
        await ReceiveAsync();
        await Sender.ScheduleMessageAsync(Message("scheduled"), Now.AddMinutes(1));

        var counts = (await new ServiceBusAdministrationClient(Space.ConnectionString).GetQueueRuntimePropertiesAsync(Q)).Value;

        (counts.ActiveMessageCount, counts.ScheduledMessageCount, counts.DeadLetterMessageCount, counts.TotalMessageCount).ShouldBe((2, 1, 1, 4));
        (counts.TransferDeadLetterMessageCount, counts.SizeInBytes > 0).ShouldBe((0, true));
    }

    [Fact]
    public async Task A_queue_s_rules_can_be_read()
    {
        var rules = (await new ServiceBusAdministrationClient(Space.Host, new NoCredential()).GetQueueAsync(Q)).Value;

        (rules.Name, rules.LockDuration, rules.MaxDeliveryCount, rules.RequiresSession).ShouldBe((Q, TimeSpan.FromMinutes(1), 7, false));
        (rules.RequiresDuplicateDetection, rules.DuplicateDetectionHistoryTimeWindow, rules.DeadLetteringOnMessageExpiration)
            .ShouldBe((true, TimeSpan.FromMinutes(5), true));
        (rules.DefaultMessageTimeToLive, rules.MaxMessageSizeInKilobytes, rules.EnablePartitioning).ShouldBe((TimeSpan.MaxValue, 256, false));
    }

    [Fact]
    public async Task Without_the_right_to_manage_nothing_is_told()
    {
        Space.GrantsManage = false;
        var administration = new ServiceBusAdministrationClient(Space.ConnectionString);

        await Should.ThrowAsync<UnauthorizedAccessException>(() => administration.GetQueueAsync(Q));
        await Should.ThrowAsync<UnauthorizedAccessException>(() => administration.GetQueueRuntimePropertiesAsync(Q));
    }

    [Fact]
    public async Task In_an_outage_administration_fails_as_HTTP_does_and_not_as_AMQP()
    {
        var administration = new ServiceBusAdministrationClient(Space.ConnectionString);
        Space.IsReachable = false;

        await Should.ThrowAsync<AggregateException>(() => administration.GetQueueRuntimePropertiesAsync(Q));
    }

    [Fact]
    public async Task A_queue_that_is_not_there_has_no_counts()
    {
        var administration = new ServiceBusAdministrationClient(Space.ConnectionString);

        (await ReasonOfAsync(() => administration.GetQueueRuntimePropertiesAsync("other"))).ShouldBe(ServiceBusFailureReason.MessagingEntityNotFound);
        ((await administration.QueueExistsAsync(Q)).Value, (await administration.QueueExistsAsync("other")).Value).ShouldBe((true, false));
    }

    [Fact]
    public async Task A_hundred_thousand_messages_are_no_burden()
    {
        for (var batch = 0; batch < 200; batch++)
            await Sender.SendMessagesAsync(Enumerable.Range(0, 500).Select(number => Message($"{batch}-{number}")));

        foreach (var message in await Receiver.ReceiveMessagesAsync(2000, Patience)) await Receiver.CompleteMessageAsync(message);
        (await Receiver.PeekMessagesAsync(250, fromSequenceNumber: 99_751)).Count.ShouldBe(250);

        (await new ServiceBusAdministrationClient(Space.ConnectionString).GetQueueRuntimePropertiesAsync(Q)).Value.TotalMessageCount.ShouldBe(98_000);
    }

    private sealed class NoCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("none", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
