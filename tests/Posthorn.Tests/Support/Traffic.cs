using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Envelopes;
using Posthorn.Lanes;
using Posthorn.Sending;

namespace Posthorn.Tests.Support;

/// <summary>Messages on their way through lanes; a test says when each is answered.</summary>
internal sealed class Traffic(FakeTimeProvider clock, int maxInFlight = 256, int perLane = 16)
{
    private int _inFlight;

    public LaneSet Lanes { get; } = new(maxInFlight, perLane, clock, new Random(1), NullLogger<LaneSet>.Instance);

    /// <summary>The most requests that were ever in flight at once.</summary>
    public int MostInFlight { get; private set; }

    public Passenger Send(string url, bool isRetry = false) => Send(new Destination { Url = new Uri(url) }, isRetry);

    public Passenger Send(Destination destination, bool isRetry = false)
    {
        var passenger = new Passenger();
        passenger.Passage = Lanes.PassAsync(destination, isRetry, SendAsync, passenger.Stopping.Token);
        return passenger;

        async Task<SendResult> SendAsync(CancellationToken stopping)
        {
            MostInFlight = Math.Max(MostInFlight, Interlocked.Increment(ref _inFlight));
            passenger.BegunAt = clock.GetUtcNow();
            try
            {
                return await passenger.Result.Task.WaitAsync(stopping);
            }
            finally
            {
                Interlocked.Decrement(ref _inFlight);
            }
        }
    }

    public IReadOnlyList<Passenger> Send(int count, string url, bool isRetry = false) => [.. Enumerable.Range(0, count).Select(_ => Send(url, isRetry))];

    /// <summary>A destination that has answered so often that all its turns are to be had.</summary>
    public async Task WarmAsync(string url)
    {
        using var open = new Holder(Send(url)); // So that the lane is not forgotten in between.
        for (var n = 0; n < perLane; n++) await Send(url).AnswerAsync();
    }

    /// <summary>One that waits for its turn, holds it, or was sent back.</summary>
    internal sealed class Passenger
    {
        public TaskCompletionSource<SendResult> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationTokenSource Stopping { get; } = new();

        public Task<Passage> Passage { get; set; } = Task.FromException<Passage>(new InvalidOperationException());

        public DateTimeOffset? BegunAt { get; set; }

        /// <summary>Whether its request is, or was, on the wire.</summary>
        public bool HasBegun => BegunAt is not null;

        public bool IsSentBack => Passage is { IsCompletedSuccessfully: true, Result: Posthorn.Lanes.Passage.Later };

        /// <summary>When it is to come back.</summary>
        public DateTimeOffset Until => Passage is { IsCompletedSuccessfully: true, Result: Posthorn.Lanes.Passage.Later later } ? later.Until : throw new InvalidOperationException("It was not sent back.");

        public Task<Passage> AnswerAsync(int status = 200) => EndAsync(new SendResult.Answered(status, RetryAfter: null, Extract: null) { StartedAt = Given.Now, Duration = TimeSpan.Zero });

        public Task<Passage> FailAsync(SendError error = SendError.Timeout, TimeSpan took = default) => EndAsync(new SendResult.Failed(error, "no answer") { StartedAt = Given.Now, Duration = took });

        private Task<Passage> EndAsync(SendResult result)
        {
            Result.TrySetResult(result);
            return Passage;
        }
    }

    private sealed class Holder(Passenger passenger) : IDisposable
    {
        public void Dispose() => passenger.AnswerAsync().GetAwaiter().GetResult();
    }
}
