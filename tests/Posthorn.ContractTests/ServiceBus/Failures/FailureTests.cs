using System.Transactions;
using Azure.Messaging.ServiceBus;
using Posthorn.ContractTests.ServiceBus.Faults;
using Posthorn.Queues;
using Posthorn.ServiceBusDouble;

namespace Posthorn.ContractTests.ServiceBus.Failures;

/// <summary>What each way in which the broker or the SDK can fail is for the port, at each kind of call.</summary>
public sealed class FailureTests
{
    private const string Unavailable = nameof(QueueUnavailableException);
    private const string Lost = nameof(LockLostException);
    private const string TooLarge = nameof(MessageTooLargeException);

    private static readonly string[] Calls = ["send", "receive", "settle", "browse", "replay", "purge", "import", "renew", "ping"];

    /// <summary>A row a failure: what it is called; then what comes of a send, a receive, a settlement, a browse, a replay, a purge, an import, a renewal and a ping.</summary>
    private static readonly Dictionary<string, string[]> Table = new()
    {
        [nameof(ServiceBusFailureReason.GeneralError)] = All(Unavailable),
        [nameof(ServiceBusFailureReason.MessagingEntityNotFound)] = All(Unavailable),
        [nameof(ServiceBusFailureReason.MessageLockLost)] = Locks(),
        [nameof(ServiceBusFailureReason.MessageNotFound)] = Locks(),
        [nameof(ServiceBusFailureReason.MessageSizeExceeded)] = [TooLarge, TooLarge, "", TooLarge, Unavailable, Unavailable, TooLarge, TooLarge, TooLarge],
        [nameof(ServiceBusFailureReason.MessagingEntityDisabled)] = All(Unavailable),
        [nameof(ServiceBusFailureReason.QuotaExceeded)] = All(Unavailable),
        [nameof(ServiceBusFailureReason.ServiceBusy)] = All(Unavailable),
        [nameof(ServiceBusFailureReason.ServiceTimeout)] = All(Unavailable),
        [nameof(ServiceBusFailureReason.ServiceCommunicationProblem)] = All(Unavailable),
        [nameof(ServiceBusFailureReason.SessionCannotBeLocked)] = All(Unavailable),
        [nameof(ServiceBusFailureReason.SessionLockLost)] = Locks(),
        [nameof(ServiceBusFailureReason.MessagingEntityAlreadyExists)] = All(Unavailable),
        [nameof(UnauthorizedAccessException)] = All(Unavailable),
        [nameof(TimeoutException)] = All(Unavailable),
        [nameof(OperationCanceledException)] = All(Unavailable), // Nobody asked for it: a link of the SDK's was closed under the call.
        [nameof(ObjectDisposedException)] = All(Unavailable),
        [nameof(IOException)] = All(Unavailable),
        [nameof(TransactionInDoubtException)] = All(Unavailable),
        ["NoTransaction"] = All(Unavailable),
    };

    public static TheoryData<string, string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (var (failure, outcomes) in Table)
                foreach (var (call, outcome) in Calls.Zip(outcomes)) rows.Add(failure, call, outcome);
            return rows;
        }
    }

    [Fact]
    public void Every_reason_of_the_SDK_has_its_row() =>
        Enum.GetNames<ServiceBusFailureReason>().Except(Table.Keys, StringComparer.Ordinal).ShouldBeEmpty();

    [Theory, MemberData(nameof(Rows))]
    public async Task A_failure_is_told_in_the_ports_own_words(string failure, string call, string outcome)
    {
        await using var story = new Story(sessions: false);
        var act = await PreparedAsync(story, call);
        story.Space.Faults.Hook = OfOperation(call) is var operations ? made => operations.Contains(made.Operation) ? Fault.Before(Exception(failure)) : null : null;

        var told = await OutcomeAsync(act);

        told.ShouldBe(outcome);
        story.Space.Faults.Clear();
        await NothingIsLostAsync(story);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_caller_cancels_himself_is_cancelled(bool receives)
    {
        await using var story = new Story(sessions: false);
        await story.EnqueueAsync("a");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => receives
            ? story.Queue.ReceiveAsync(1, TimeSpan.Zero, cancelled.Token)
            : story.Queue.EnqueueAsync([Story.Message("b")], cancelled.Token));
    }

    private static string[] All(string outcome) => [.. Calls.Select(_ => outcome)];

    /// <summary>A lock that is lost is so for a lease; whoever replays or deletes tries again.</summary>
    private static string[] Locks() => [.. Calls.Select(call => call is "replay" or "purge" ? Unavailable : Lost)];

    private static async Task<Func<Task>> PreparedAsync(Story story, string call)
    {
        await story.EnqueueAsync("dead", "a");
        var leases = await story.Queue.ReceiveAsync(2, TimeSpan.Zero, default);
        await leases[0].DeadLetterAsync(DeadLetterReason.PermanentFailure, "it said 400", story.Attempt(), default);
        var dead = story.Queue.DeadLetters;
        var letter = (await dead.BrowseAsync(0, 1, default))[0];
        return call switch
        {
            "send" => () => story.EnqueueAsync("b"),
            "receive" => () => story.Queue.ReceiveAsync(1, TimeSpan.Zero, default),
            "settle" => () => leases[1].RetryAsync(story.Now.AddMinutes(1), story.Attempt(), default),
            "browse" => () => dead.BrowseAsync(0, 10, default),
            "replay" => () => dead.ReplayAsync([letter.Sequence], ReplayChanges.None, default),
            "purge" => () => dead.PurgeAsync([letter.Sequence], default),
            "import" => () => dead.ImportAsync([letter with { Message = Story.Message("imported") }], default),
            "renew" => () => leases[1].RenewAsync(default),
            "ping" => () => story.Queue.PingAsync(default),
            _ => throw new ArgumentOutOfRangeException(nameof(call), call, "No such call."),
        };
    }

    private static BrokerOperation[] OfOperation(string call) => call switch
    {
        "send" or "import" => [BrokerOperation.Send],
        "receive" => [BrokerOperation.Receive],
        "settle" => [BrokerOperation.Send],
        "replay" => [BrokerOperation.Send, BrokerOperation.Complete],
        "browse" or "ping" => [BrokerOperation.Peek],
        "purge" => [BrokerOperation.Complete],
        "renew" => [BrokerOperation.Renew],
        _ => throw new ArgumentOutOfRangeException(nameof(call), call, "No such call."),
    };

    private static Exception Exception(string failure) => failure switch
    {
        nameof(UnauthorizedAccessException) => new UnauthorizedAccessException("revoked"),
        nameof(TimeoutException) => new TimeoutException("late"),
        nameof(OperationCanceledException) => new TaskCanceledException("the link was closed"),
        nameof(ObjectDisposedException) => new ObjectDisposedException("link"),
        nameof(IOException) => new IOException("reset"),
        nameof(TransactionInDoubtException) => new TransactionInDoubtException("in doubt"),
        "NoTransaction" => new InvalidOperationException("No active transaction was found. The transaction may have timed out or attempted to span multiple connections."),
        _ => new ServiceBusException("refused", Enum.Parse<ServiceBusFailureReason>(failure)),
    };

    private static async Task<string> OutcomeAsync(Func<Task> act)
    {
        try
        {
            await act();
            return "";
        }
        catch (Exception told)
        {
            return told.GetType().Name;
        }
    }

    private static async Task NothingIsLostAsync(Story story)
    {
        story.Advance(TimeSpan.FromMinutes(2));
        var there = story.Mail.Concat(story.Look.Dead).Select(message => message.ApplicationProperties.TryGetValue("posthorn_message_id", out var id) ? $"{id}" : message.MessageId).ToList();
        there.Count(id => id == "a").ShouldBe(1);
        there.Count(id => id == "dead").ShouldBe(1);
        await story.Queue.PingAsync(default);
    }
}
