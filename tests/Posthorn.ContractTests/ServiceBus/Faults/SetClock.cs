using Microsoft.Extensions.Time.Testing;

namespace Posthorn.ContractTests.ServiceBus.Faults;

/// <summary>A clock whose hands are moved, while time goes on as before.</summary>
internal sealed class SetClock : TimeProvider
{
    private readonly FakeTimeProvider _time = new();

    /// <summary>How far its hands were moved.</summary>
    public TimeSpan IsOffBy { get; set; }

    public override long TimestampFrequency => _time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => _time.GetUtcNow() + IsOffBy;

    public override long GetTimestamp() => _time.GetTimestamp();

    public void Advance(TimeSpan time) => _time.Advance(time);
}
