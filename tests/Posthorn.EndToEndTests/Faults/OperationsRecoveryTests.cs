using System.Collections.Concurrent;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>Everybody is back at once: what waited for them does not knock them over again.</summary>
[Collection(Alone.Name)]
public sealed class OperationsRecoveryTests : IAsyncLifetime
{
    private const int Cap = 16;
    private const int EachHas = 60;
    private readonly Harness _harness = new Harness().WithFastProfile([.. Enumerable.Repeat("00:00:00.3", 100)]).With($"--delivery:maxInFlightPerDestination={Cap}");

    public ValueTask InitializeAsync()
    {
        _harness.Environment["LOG_LEVEL"] = "Error";
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task Fault_68_destinations_that_recover_at_once_get_few_requests_at_first_and_never_more_than_the_cap()
    {
        var sites = Enumerable.Range(0, 4).Select(_ => new Site()).ToList();
        foreach (var site in sites) await site.StartAsync();
        await _harness.StartWorkerAsync();
        await _harness.AcceptAsync([.. sites.SelectMany((site, n) => Envelopes.Ids($"evt{n}", EachHas).Select(id => Envelopes.Of(id, site.Url, "fast")))]);
        await Harness.UntilAsync(() => sites.TrueForAll(site => site.Failures >= 20), "all of them have failed for a while", _harness.DescribeProcesses);

        foreach (var site in sites) site.Recover();
        await _harness.UntilQueueIsEmptyAsync();

        foreach (var site in sites)
        {
            site.MostInFlight.ShouldBeInRange(1, Cap);
            site.Ids.Distinct().Count().ShouldBe(EachHas, "nothing is lost");
            site.Ids.Count.ShouldBe(EachHas, "and each arrives once");
            // Begins with one or two; each answer allows one more.
            site.Recovery.ShouldAllBe(arrival => arrival.InFlight <= arrival.Answered + 2);
            await site.DisposeAsync();
        }
    }

    /// <summary>A receiver that is down until it recovers, and notes how many requests it has at once.</summary>
    private sealed class Site : IAsyncDisposable
    {
        private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(60);
        private readonly Lock _gate = new();
        private readonly ConcurrentQueue<(int InFlight, int Answered)> _recovery = new();
        private Receiver? _receiver;
        private bool _isUp;
        private int _inFlight;
        private int _answered;

        public Uri Url => _receiver?.Url() ?? throw new InvalidOperationException("It was not started.");

        public int Failures { get; private set; }

        public int MostInFlight { get; private set; }

        /// <summary>Of each request since it is up: how many there were with it, and how many had been answered.</summary>
        public IReadOnlyCollection<(int InFlight, int Answered)> Recovery => _recovery;

        /// <summary>What was answered with 200.</summary>
        public IReadOnlyList<string> Ids => [.. _receiver?.Ids.TakeLast(_recovery.Count) ?? []];

        public async Task StartAsync() => _receiver = await Receiver.StartAsync(AnswerAsync);

        public void Recover()
        {
            lock (_gate) _isUp = true;
        }

        public ValueTask DisposeAsync() => _receiver?.DisposeAsync() ?? ValueTask.CompletedTask;

        private async Task<int> AnswerAsync(int number, CancellationToken gone)
        {
            lock (_gate)
            {
                MostInFlight = Math.Max(MostInFlight, _inFlight + 1);
                if (!_isUp)
                {
                    Failures++;
                    return 503;
                }

                _recovery.Enqueue((++_inFlight, _answered));
            }

            try
            {
                await Task.Delay(Work, gone);
                return 200;
            }
            finally
            {
                lock (_gate) (_inFlight, _answered) = (_inFlight - 1, _answered + 1);
            }
        }
    }
}
