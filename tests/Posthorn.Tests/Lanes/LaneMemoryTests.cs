using Microsoft.Extensions.Time.Testing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Lanes;

public class LaneMemoryTests
{
    private readonly FakeTimeProvider _clock = new(Given.Now);
    private readonly Traffic _traffic;

    public LaneMemoryTests() => _traffic = new Traffic(_clock);

    [Fact]
    public async Task A_lane_is_remembered_for_a_while_and_then_forgotten()
    {
        for (var n = 0; n < 500; n++) await _traffic.Send($"https://good-{n}.example/").AnswerAsync();
        for (var n = 0; n < 500; n++) await _traffic.Send($"https://bad-{n}.example/").FailAsync();
        _traffic.Lanes.Count.ShouldBe(1_000);
        _clock.Advance(TimeSpan.FromMinutes(11));

        for (var n = 0; n < 2_000; n++) await _traffic.Send("https://other.example/").AnswerAsync();

        _traffic.Lanes.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_known_of_a_lane_outlives_its_last_visitor()
    {
        await _traffic.WarmAsync("https://good.example/");
        await _traffic.Send("https://bad.example/").FailAsync();
        _clock.Advance(TimeSpan.FromMinutes(5));

        _traffic.Send(16, "https://good.example/").ShouldAllBe(passenger => passenger.HasBegun);
        _traffic.Send(2, "https://bad.example/").Count(passenger => passenger.HasBegun).ShouldBe(1);
    }

    [Fact]
    public async Task Memory_is_bounded_whatever_the_number_of_destinations()
    {
        for (var n = 0; n < 100_000; n++) await (n % 2 == 0 ? _traffic.Send($"https://host-{n}.example/").AnswerAsync() : _traffic.Send($"https://host-{n}.example/").FailAsync());

        _traffic.Lanes.Count.ShouldBeLessThan(30_000);
    }

    [Fact]
    public void A_lane_is_remembered_as_long_as_its_overflow_is_to_come()
    {
        var held = _traffic.Send(2, "https://a.example/");
        _clock.Advance(TimeSpan.FromSeconds(3));
        var until = _traffic.Send("https://a.example/").Until;
        foreach (var passenger in held) passenger.Stopping.Cancel();

        _traffic.Lanes.Count.ShouldBe(1);
        _clock.SetUtcNow(until.AddSeconds(1));
        var last = _traffic.Send("https://a.example/");
        last.Stopping.Cancel();
        _traffic.Lanes.Count.ShouldBe(0, "it told nothing");
    }
}
