using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Envelopes;
using Posthorn.Lanes;
using Posthorn.Sending;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Lanes;

public class LaneTurnsTests
{
    private const string A = "https://a.example/";
    private readonly FakeTimeProvider _clock = new(Given.Now);

    [Fact]
    public async Task A_new_lane_begins_with_two_requests_in_flight_and_each_answer_allows_one_more_up_to_the_cap()
    {
        var traffic = new Traffic(_clock, perLane: 4);
        var first = traffic.Send(3, A);
        first.Count(passenger => passenger.HasBegun).ShouldBe(2);

        await first[0].AnswerAsync();
        await BegunAsync(first[2]);
        var more = traffic.Send(5, A);
        more.Count(passenger => passenger.HasBegun).ShouldBe(1, "three in flight after one answer");

        await first[1].AnswerAsync();
        await first[2].AnswerAsync();
        await _clock.RunUntilAsync(() => more.Count(passenger => passenger.HasBegun) == 4, TimeSpan.FromTicks(1));
        traffic.MostInFlight.ShouldBe(4);
    }

    [Theory]
    [InlineData("https://b.example/")]
    [InlineData("http://a.example/")]
    [InlineData("https://a.example:8443/")]
    public void A_full_lane_costs_the_others_nothing(string url)
    {
        var traffic = new Traffic(_clock);
        traffic.Send(100, A);

        traffic.Send(url).HasBegun.ShouldBeTrue();
    }

    [Fact]
    public void A_lane_is_a_host_whatever_the_path_and_the_case()
    {
        var traffic = new Traffic(_clock);
        traffic.Send(2, A);

        traffic.Send("https://A.EXAMPLE:443/other?query").HasBegun.ShouldBeFalse();
    }

    [Fact]
    public async Task Silence_halves_what_is_allowed_down_to_one()
    {
        var traffic = new Traffic(_clock);
        await traffic.WarmAsync(A);
        var hanging = traffic.Send(15, A);
        hanging.ShouldAllBe(passenger => passenger.HasBegun);
        _clock.Advance(TimeSpan.FromSeconds(15));
        foreach (var passenger in hanging) await passenger.FailAsync();

        var next = traffic.Send(5, A);

        next.Count(passenger => passenger.HasBegun).ShouldBe(1);
    }

    [Fact]
    public async Task However_many_destinations_hang_one_that_answers_keeps_its_turns()
    {
        var traffic = new Traffic(_clock);
        await traffic.WarmAsync(A);
        for (var n = 0; n < 500; n++) traffic.Send(10, $"https://hangs-{n}.example/");

        var healthy = traffic.Send(8, A);

        healthy.ShouldAllBe(passenger => passenger.HasBegun);
    }

    [Fact]
    public async Task However_many_destinations_were_silent_a_new_one_gets_its_chance()
    {
        var traffic = new Traffic(_clock);
        var silent = Enumerable.Range(0, 500).Select(n => $"https://hangs-{n}.example/").ToList();
        for (var round = 0; round < 6; round++)
        {
            var begun = silent.Select(url => traffic.Send(url)).Where(passenger => passenger.HasBegun).ToList();
            _clock.Advance(TimeSpan.FromSeconds(15));
            foreach (var passenger in begun) await passenger.FailAsync();
        }

        foreach (var url in silent) traffic.Send(url);

        traffic.Send(A).HasBegun.ShouldBeTrue();
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(500, 5)]
    public async Task However_many_new_destinations_hang_a_newcomer_gets_its_chance_once_each_had_one(int hanging, int timeouts)
    {
        var traffic = new Traffic(_clock);
        var begun = new List<Traffic.Passenger>();
        for (var round = 0; round <= timeouts; round++)
        {
            foreach (var passenger in begun) await passenger.FailAsync();
            begun = [.. Enumerable.Range(0, hanging).SelectMany(n => traffic.Send(20, $"https://hangs-{n}.example/")).Where(passenger => passenger.HasBegun)];
            _clock.Advance(TimeSpan.FromSeconds(15));
        }

        traffic.Send(A).HasBegun.ShouldBeTrue();
    }

    [Fact]
    public async Task A_hiccup_of_a_lane_that_answers_does_not_put_it_among_those_that_hang()
    {
        var traffic = new Traffic(_clock);
        await traffic.WarmAsync(A);
        for (var n = 0; n < 500; n++) traffic.Send(20, $"https://hangs-{n}.example/");
        for (var n = 0; n < 80; n++)
        {
            await traffic.Send(A).FailAsync();
            _clock.Advance(TimeSpan.FromMilliseconds(5));
        }

        traffic.Send(A).HasBegun.ShouldBeTrue();
    }

    [Fact]
    public async Task When_many_that_answered_begin_to_hang_at_once_another_keeps_a_turn()
    {
        var traffic = new Traffic(_clock);
        await traffic.WarmAsync(A);
        for (var n = 0; n < 300; n++) await traffic.WarmAsync($"https://hangs-{n}.example/");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await traffic.Send(A).AnswerAsync();
        for (var n = 0; n < 400; n++) traffic.Send(100, $"https://hangs-{n % 300}.example/");

        traffic.Send(A).HasBegun.ShouldBeTrue();
        traffic.MostInFlight.ShouldBeLessThan(256);
    }

    [Fact]
    public async Task Who_waits_for_a_turn_gets_the_next_one_and_fresh_mail_before_retries()
    {
        var traffic = new Traffic(_clock);
        var held = traffic.Send(2, A);
        var retry = traffic.Send(A, isRetry: true);
        var fresh = traffic.Send(A);

        await held[0].FailAsync();
        await held[1].FailAsync(); // One turn is left.

        await BegunAsync(fresh);
        retry.HasBegun.ShouldBeFalse();
        await fresh.AnswerAsync();
        await BegunAsync(retry);
    }

    [Fact]
    public async Task Who_waits_longer_than_a_moment_is_sent_back_and_the_turn_is_not_lost_on_it()
    {
        var traffic = new Traffic(_clock);
        var held = traffic.Send(2, A);
        var waiting = traffic.Send(A);
        waiting.Passage.IsCompleted.ShouldBeFalse();

        await _clock.RunUntilAsync(waiting.Passage, TimeSpan.FromMilliseconds(50));
        waiting.IsSentBack.ShouldBeTrue();

        await held[0].AnswerAsync();
        traffic.Send(A).HasBegun.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_waits_for_a_turn_stops_when_the_worker_stops()
    {
        var traffic = new Traffic(_clock);
        var held = traffic.Send(2, A);
        var waiting = traffic.Send(A);

        await waiting.Stopping.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting.Passage);
        await held[0].AnswerAsync();
        var next = traffic.Send(2, A);
        next.ShouldAllBe(passenger => passenger.HasBegun);
    }

    [Fact]
    public async Task A_send_that_is_broken_off_gives_its_turn_back()
    {
        var traffic = new Traffic(_clock, perLane: 1);
        var held = traffic.Send(A);

        await held.Stopping.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(held.Passage);
        traffic.Send(A).HasBegun.ShouldBeTrue();
    }

    [Fact]
    public async Task No_cap_is_ever_exceeded_however_many_come_at_once_and_no_turn_is_lost()
    {
        const int Cap = 4;
        var lanes = new LaneSet(32, Cap, TimeProvider.System, new Random(1), NullLogger<LaneSet>.Instance);
        var (inside, most, all, mostOfAll) = (new int[8], new int[8], 0, 0);

        await Parallel.ForAsync(0, 4_000, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (n, cancellation) =>
        {
            var (lane, isRetry, status) = (n % 8, n % 3 == 0, n % 50 == 0 ? 503 : 200);
            while (await lanes.PassAsync(To(lane), isRetry, _ => VisitAsync(lane, status), cancellation) is Passage.Later) await Task.Yield();
        });

        most.ShouldAllBe(seen => seen <= Cap);
        mostOfAll.ShouldBeInRange(2, 32);
        var held = new TaskCompletionSource<SendResult>();
        var begun = 0;
        for (var n = 0; n < 6 * Cap; n++) await lanes.PassAsync(To(n % 6), isRetry: false, _ => Task.FromResult<SendResult>(Answer(200)), CancellationToken.None);
        var passages = Enumerable.Range(0, 24).Select(n => lanes.PassAsync(To(n % 6), isRetry: false, _ => Hold(), CancellationToken.None)).ToList();
        begun.ShouldBeGreaterThanOrEqualTo(12, "two of each of six lanes, or more");
        held.SetResult(Answer(200));
        await Task.WhenAll(passages);

        Task<SendResult> Hold()
        {
            begun++;
            return held.Task;
        }

        async Task<SendResult> VisitAsync(int lane, int status)
        {
            Raise(ref most[lane], Interlocked.Increment(ref inside[lane]));
            Raise(ref mostOfAll, Interlocked.Increment(ref all));
            await Task.Yield();
            Interlocked.Decrement(ref inside[lane]);
            Interlocked.Decrement(ref all);
            return Answer(status);
        }
    }

    private static Destination To(int lane) => new() { Url = new Uri($"https://host-{lane}.example/") };

    private static SendResult.Answered Answer(int status) => new(status, RetryAfter: null, Extract: null) { StartedAt = Given.Now, Duration = TimeSpan.Zero };

    private Task BegunAsync(Traffic.Passenger passenger) => _clock.RunUntilAsync(() => passenger.HasBegun, TimeSpan.FromTicks(1));

    private static void Raise(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen;)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }
}
