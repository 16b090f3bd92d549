using System.Collections.Concurrent;
using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Replaying;
using Posthorn.Queues;
using Posthorn.Tests.Client;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Replaying;

/// <summary>Replays over dead letters in memory, and a worker that has a verdict on what they put back. Every wait is over at once.</summary>
internal sealed class Replays
{
    private readonly ConcurrentDictionary<long, DateTimeOffset> _put = new();

    public Replays()
    {
        Queue = Watch.Over(Letters);
        Letters.AfterReplay = letter => _put[letter.Sequence] = Clock.GetUtcNow();
        Letters.Remains = Remains;
    }

    public ImpatientClock Clock { get; } = new(Timeout.InfiniteTimeSpan);

    public MemoryDeadLetters Letters { get; } = new();

    public MemoryDeadLetterRunStore Runs { get; } = new();

    /// <summary>What the runner's calls go through.</summary>
    public CallWatch Watch { get; } = new();

    public IDeadLetterQueue Queue { get; }

    public CancellationTokenSource Stop { get; private set; } = new();

    /// <summary>How long a verdict takes.</summary>
    public TimeSpan VerdictAfter { get; set; } = TimeSpan.Zero;

    /// <summary>Which of what was put back fails, as it is seen at a time.</summary>
    public Func<long, DateTimeOffset, bool> Fails { get; set; } = (_, _) => false;

    /// <summary>All that was told.</summary>
    public List<ReplayProgress> Told { get; } = [];

    /// <summary>When each was put back, in this order.</summary>
    public IReadOnlyList<(long Sequence, DateTimeOffset At)> Put => [.. _put.OrderBy(each => each.Value).Select(each => (each.Key, each.Value))];

    /// <summary>The sequence numbers of what was put back, ascending; one that was put back twice is there twice.</summary>
    public IEnumerable<long> Replayed => Letters.Replayed.Select(each => each.Letter.Sequence).Order();

    /// <summary>Begins a run over all there is, and goes on until it ends.</summary>
    public async Task<DeadLetterRun> RunAsync(ReplayOptions options, string id = "run_1", params string[] filter) => await GoOnAsync(await BeginAsync(options, id, filter), options);

    /// <summary>Notes a run as the tool does.</summary>
    public async Task<DeadLetterRun> BeginAsync(ReplayOptions options, string id = "run_1", params string[] filter)
    {
        var terms = Filtering.Filters.Of(filter);
        var plan = await ReplayPlan.MakeAsync(Letters, terms, FitnessOf(options), options.Canary, default);
        var run = new DeadLetterRun
        {
            Id = id,
            Kind = RunKind.Replay,
            State = RunState.Running,
            Operator = "anna",
            Filter = terms.ToJson(),
            Options = options.ToJson(),
            Matched = plan.Matched,
            LastSequence = plan.LastSequence,
            StartedAt = Clock.GetUtcNow(),
            UpdatedAt = Clock.GetUtcNow(),
            Owner = "a",
        };
        await Runs.AddAsync(run, default);
        return run;
    }

    /// <summary>Takes a run over from where it was saved, and goes on until it ends.</summary>
    public async Task<DeadLetterRun> ResumeAsync(ReplayOptions options, string id = "run_1")
    {
        Stop = new CancellationTokenSource();
        var saved = Runs[id];
        var mine = (await Runs.TakeOverAsync(id, saved.Owner, saved.Owner + "'", default)).ShouldNotBeNull();
        return await GoOnAsync(mine with { State = RunState.Running, Detail = null }, options);
    }

    /// <summary>Goes on with a run until it ends.</summary>
    public async Task<DeadLetterRun> GoOnAsync(DeadLetterRun run, ReplayOptions options)
    {
        var (filter, fitness) = (DeadLetterFilter.FromJson(run.Filter), FitnessOf(options));
        var canaries = (await ReplayPlan.MakeAsync(Letters, filter, fitness, options.Canary, default)).Canaries.Where(canary => canary <= run.LastSequence);
        return await new ReplayRunner(run, filter, options, fitness, Queue, Watch.Over(Runs), Told.Add, Clock).RunAsync([.. canaries], Stop.Token);
    }

    private ReplayFitness FitnessOf(ReplayOptions options) => new(options, Given.Catalog(), Clock);

    private RunRemains Remains(string run)
    {
        var (waiting, retrying) = (0, 0);
        foreach (var (letter, changes) in Letters.Replayed.Where(each => each.Changes.Run == run))
        {
            var now = Clock.GetUtcNow();
            if (now < _put.GetValueOrDefault(letter.Sequence, now) + VerdictAfter) waiting++;
            else if (Fails(letter.Sequence, now)) retrying++;
        }

        return new RunRemains(waiting, retrying, 0);
    }
}
