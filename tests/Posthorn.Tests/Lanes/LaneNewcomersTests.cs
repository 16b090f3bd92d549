using Microsoft.Extensions.Time.Testing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Lanes;

public class LaneNewcomersTests
{
    private const int Turns = 128; // Half of those of the process are for lanes that nothing is known of.
    private readonly FakeTimeProvider _clock = new(Given.Now);
    private int _named;

    [Fact]
    public async Task While_new_destinations_answer_the_next_ones_wait_and_are_not_sent_back()
    {
        var traffic = new Traffic(_clock);
        await AnswerAsync(traffic, 100);
        var first = Send(traffic, Turns);

        var next = Send(traffic, Turns);

        first.ShouldAllBe(passenger => passenger.HasBegun);
        next.ShouldAllBe(passenger => !passenger.HasBegun && !passenger.IsSentBack);
        foreach (var passenger in first) await passenger.AnswerAsync();
        await _clock.RunUntilAsync(() => next.All(passenger => passenger.HasBegun), TimeSpan.FromTicks(1));
        traffic.MostInFlight.ShouldBe(Turns);
    }

    [Fact]
    public void Before_any_of_them_answered_those_without_a_turn_are_sent_back()
    {
        var traffic = new Traffic(_clock);
        Send(traffic, Turns);

        Send(traffic, 10).ShouldAllBe(passenger => passenger.IsSentBack);
    }

    [Fact]
    public async Task When_new_destinations_fall_silent_who_waits_is_sent_back_and_no_more_may_wait()
    {
        var traffic = new Traffic(_clock);
        await AnswerAsync(traffic, 100);
        Send(traffic, Turns);
        var waiting = Send(traffic, 50);

        _clock.Advance(TimeSpan.FromMilliseconds(60));
        var late = Send(traffic, 10);
        await _clock.RunUntilAsync(() => waiting.All(passenger => passenger.IsSentBack), TimeSpan.FromMilliseconds(10));

        late.ShouldAllBe(passenger => passenger.IsSentBack);
        waiting.ShouldAllBe(passenger => !passenger.HasBegun);
    }

    [Fact]
    public async Task A_turn_is_not_lost_on_one_that_gave_up_waiting()
    {
        var traffic = new Traffic(_clock);
        await AnswerAsync(traffic, 100);
        var first = Send(traffic, Turns);
        var (impatient, next) = (Send(traffic, 1)[0], Send(traffic, 1)[0]);
        await impatient.Stopping.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => impatient.Passage);

        await first[0].AnswerAsync();

        await _clock.RunUntilAsync(() => next.HasBegun, TimeSpan.FromTicks(1));
    }

    [Fact]
    public async Task Two_for_one_new_destination_go_out_once_it_has_its_turn()
    {
        var traffic = new Traffic(_clock);
        await AnswerAsync(traffic, 100);
        var first = Send(traffic, Turns);
        var two = traffic.Send(2, "https://new.example/");

        await first[0].AnswerAsync();
        await _clock.RunUntilAsync(() => two[0].HasBegun, TimeSpan.FromTicks(1));
        await two[0].AnswerAsync();

        await _clock.RunUntilAsync(() => two[1].HasBegun, TimeSpan.FromTicks(1));
    }

    /// <summary>Each for a destination of its own that nothing is known of.</summary>
    private List<Traffic.Passenger> Send(Traffic traffic, int count) => [.. Enumerable.Range(0, count).Select(_ => traffic.Send($"https://new-{_named++}.example/"))];

    private async Task AnswerAsync(Traffic traffic, int count)
    {
        foreach (var passenger in Send(traffic, count)) await passenger.AnswerAsync();
    }
}
