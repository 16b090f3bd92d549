using Microsoft.Extensions.Time.Testing;
using Posthorn.Queues;
using Posthorn.Worker.Api;

namespace Posthorn.Tests.Worker;

public sealed class QueueReachTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly CountedQueue _queue = new();

    [Fact]
    public async Task A_flood_of_probes_asks_the_queue_once_a_second()
    {
        var reach = new QueueReach(_queue, _clock);

        for (var probe = 0; probe < 100; probe++) (await reach.ProblemAsync(CancellationToken.None)).ShouldBeNull();
        _queue.Pings.ShouldBe(1);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await reach.ProblemAsync(CancellationToken.None);

        _queue.Pings.ShouldBe(2);
    }

    [Fact]
    public async Task A_queue_that_is_away_is_told_and_asked_again()
    {
        var reach = new QueueReach(_queue, _clock);
        _queue.Answer = Task.FromException(new QueueUnavailableException("gone"));
        (await reach.ProblemAsync(CancellationToken.None)).ShouldBe("gone");

        _queue.Answer = Task.CompletedTask;
        _clock.Advance(TimeSpan.FromSeconds(1));

        (await reach.ProblemAsync(CancellationToken.None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_queue_that_does_not_answer_is_out_of_reach()
    {
        var reach = new QueueReach(_queue, _clock);
        _queue.Answer = new TaskCompletionSource().Task;

        var asking = reach.ProblemAsync(CancellationToken.None);
        _clock.Advance(TimeSpan.FromSeconds(5));

        (await asking).ShouldBe("it does not answer within 00:00:05");
    }

    private sealed class CountedQueue : IDeliveryQueue
    {
        public int Pings { get; private set; }

        public Task Answer { get; set; } = Task.CompletedTask;

        public Task PingAsync(CancellationToken cancellationToken)
        {
            Pings++;
            return Answer;
        }

        public Task<IReadOnlyList<EnqueueOutcome>> EnqueueAsync(IReadOnlyList<QueueMessage> messages, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<ILease>> ReceiveAsync(int max, int maxReplayed, TimeSpan maxWait, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<QueueCounts> CountAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
