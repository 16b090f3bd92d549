using Posthorn.Benchmarks.Receiving;

namespace Posthorn.Tests.Benchmarks;

public sealed class TallyTests
{
    private readonly Tally _tally = new();

    [Fact]
    public void A_number_that_comes_again_is_no_arrival()
    {
        _tally.Note(0);
        var first = _tally.Counts;
        _tally.Note(0);

        _tally.Counts.ShouldBe(first with { Repeated = 1 });
        first.Arrived.ShouldBe(1);
    }

    [Fact]
    public void Numbers_beyond_its_room_are_counted_too()
    {
        _tally.Note(3_000_000);
        _tally.Note(1);

        _tally.Counts.Arrived.ShouldBe(2);
        _tally.Counts.Last.ShouldBeGreaterThanOrEqualTo(_tally.Counts.First);
    }

    [Fact]
    public void What_is_forgotten_arrives_anew()
    {
        _tally.Note(5);
        _tally.Forget();
        _tally.Counts.ShouldBe(new TallyCounts(0, 0, 0, 0));

        _tally.Note(5);

        _tally.Counts.Arrived.ShouldBe(1);
        _tally.Counts.Repeated.ShouldBe(0);
    }
}
