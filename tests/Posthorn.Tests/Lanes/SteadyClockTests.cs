using Posthorn.Lanes;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Lanes;

public class SteadyClockTests
{
    [Fact]
    public void Fault_14_it_goes_on_when_the_clock_it_started_by_is_set_back()
    {
        var wall = new WallClock();
        var steady = new SteadyClock(wall);

        wall.Pass(TimeSpan.FromSeconds(3));
        wall.SetBack(TimeSpan.FromMinutes(10));

        steady.GetUtcNow().ShouldBe(Given.Now.AddSeconds(3));
    }

    private sealed class WallClock : TimeProvider
    {
        private DateTimeOffset _now = Given.Now;
        private long _timestamp;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _timestamp;

        public void Pass(TimeSpan time) => (_now, _timestamp) = (_now + time, _timestamp + time.Ticks);

        public void SetBack(TimeSpan time) => _now -= time;
    }
}
