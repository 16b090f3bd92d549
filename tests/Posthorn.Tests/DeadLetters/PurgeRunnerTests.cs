using Posthorn.DeadLetters;
using Posthorn.Queues;
using Posthorn.Tests.DeadLetters.Filtering;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters;

public sealed class PurgeRunnerTests : IDisposable
{
    private readonly MemoryDeadLetters _letters = new();
    private readonly MemoryDeadLetterRunStore _runs = new();
    private readonly CallWatch _watch = new();
    private readonly List<long> _kept = [];
    private readonly List<DeadLetterRun> _told = [];
    private readonly CancellationTokenSource _stop = new();

    public void Dispose() => _stop.Dispose();

    [Fact]
    public async Task What_matches_is_deleted_and_counted()
    {
        _letters.Bury(1100);

        var run = await PurgeAsync(Filters.Of("sequence", "2..1050"));

        (run.State, run.Detail, run.Done, run.Skipped, run.Failed).ShouldBe((RunState.Completed, null, 1049, 0, 0));
        (await RemainingAsync()).ShouldBe([1, .. Enumerable.Range(1051, 50).Select(i => (long)i)]);
        _kept.ShouldBe(Enumerable.Range(2, 1049).Select(i => (long)i));
        _runs["run_1"].ShouldBe(run with { Intent = _runs["run_1"].Intent });
        _told[^1].Done.ShouldBe(1049);
    }

    [Fact]
    public async Task Each_letter_is_kept_before_it_is_deleted()
    {
        _letters.Bury(1100);
        _watch.Before = call =>
        {
            if (call.Name == nameof(IDeadLetterQueue.PurgeAsync)) call.Sequences.ShouldBeSubsetOf(_kept);
        };

        (await PurgeAsync(DeadLetterFilter.Everything)).Done.ShouldBe(1100);
    }

    [Fact]
    public async Task No_transaction_has_more_than_200()
    {
        _letters.Bury(1100);
        _watch.Before = call => call.Sequences.Count.ShouldBeLessThanOrEqualTo(200);

        await PurgeAsync(DeadLetterFilter.Everything);
    }

    [Fact]
    public async Task A_letter_that_cannot_be_kept_is_not_deleted()
    {
        _letters.Bury(1100);
        var keeps = 0;

        await Should.ThrowAsync<IOException>(() => PurgeAsync(DeadLetterFilter.Everything, keep: _ => ++keeps == 3 ? Task.FromException(new IOException("the disk is full")) : Task.CompletedTask));

        (await RemainingAsync()).ShouldBe(Enumerable.Range(401, 700).Select(i => (long)i));
        _runs["run_1"].Done.ShouldBe(400);
    }

    [Fact]
    public async Task A_letter_that_was_gone_before_it_was_kept_is_not_deleted_and_is_skipped()
    {
        _letters.Bury(10);
        var isFirst = true;
        _watch.Before = call =>
        {
            if (call.Name != nameof(IDeadLetterQueue.BrowseAsync) || !isFirst) return;
            isFirst = false;
            _ = _letters.PurgeAsync([4, 5], default);
        };

        var run = await PurgeAsync(DeadLetterFilter.Everything);

        (run.Done, run.Skipped).ShouldBe((8, 2));
        _kept.ShouldBe([1, 2, 3, 6, 7, 8, 9, 10]);
    }

    [Fact]
    public async Task A_letter_that_cannot_be_read_is_not_deleted()
    {
        _letters.Bury(10);
        _watch.IsReadable = letter => letter.Sequence != 4;

        var run = await PurgeAsync(DeadLetterFilter.Everything);

        (run.Done, run.Skipped).ShouldBe((9, 1));
        (await RemainingAsync()).ShouldBe([4]);
    }

    [Fact]
    public async Task A_letter_that_somebody_put_back_between_is_skipped()
    {
        _letters.Bury(10);

        var run = await PurgeAsync(DeadLetterFilter.Everything, keep: _ => _letters.ReplayAsync([4, 5], ReplayChanges.None, default));

        (run.Done, run.Skipped).ShouldBe((8, 2));
    }

    [Fact]
    public async Task Without_anybody_who_keeps_them_no_letter_is_read()
    {
        _letters.Bury(10);
        _watch.Before = call => call.Name.ShouldNotBe(nameof(IDeadLetterQueue.BrowseAsync));

        (await PurgeAsync(DeadLetterFilter.Everything, isKept: false)).Done.ShouldBe(10);
    }

    [Fact]
    public async Task What_died_after_it_began_is_left()
    {
        _letters.Bury(300);

        var run = await PurgeAsync(DeadLetterFilter.Everything, keep: _ =>
        {
            _letters.Bury(1);
            return Task.CompletedTask;
        });

        run.Done.ShouldBe(300);
        (await RemainingAsync()).ShouldBe([301, 302]);
    }

    [Fact]
    public async Task It_is_interrupted_between_two_batches()
    {
        _letters.Bury(1100);
        _watch.After = call =>
        {
            if (call.Name == nameof(IDeadLetterQueue.PurgeAsync)) _stop.Cancel();
        };

        var run = await PurgeAsync(DeadLetterFilter.Everything);

        (run.State, run.Detail, run.Done).ShouldBe((RunState.Interrupted, "interrupted by its operator", 200));
        (await RemainingAsync()).Count.ShouldBe(900);
        _runs["run_1"].State.ShouldBe(RunState.Interrupted);
    }

    [Fact]
    public async Task A_queue_that_goes_away_interrupts_it()
    {
        _letters.Bury(1100);
        var purges = 0;
        _watch.Before = call =>
        {
            if (call.Name == nameof(IDeadLetterQueue.PurgeAsync) && ++purges == 3) throw new QueueUnavailableException("away");
        };

        var run = await PurgeAsync(DeadLetterFilter.Everything);

        (run.State, run.Detail, run.Done).ShouldBe((RunState.Interrupted, "the queue is unavailable: away", 400));
    }

    [Fact]
    public async Task Without_a_letter_it_is_completed()
    {
        var run = await PurgeAsync(DeadLetterFilter.Everything);

        (run.State, run.Done).ShouldBe((RunState.Completed, 0));
        _kept.ShouldBeEmpty();
    }

    private async Task<DeadLetterRun> PurgeAsync(DeadLetterFilter filter, bool isKept = true, Func<IReadOnlyList<DeadLetter>, Task>? keep = null)
    {
        var run = new DeadLetterRun
        {
            Id = "run_1",
            Kind = RunKind.Purge,
            State = RunState.Running,
            Operator = "anna",
            Filter = filter.ToJson(),
            Options = "{}",
            LastSequence = await new DeadLetterScan(_letters, filter).LastSequenceAsync(default),
            StartedAt = Given.Now,
            UpdatedAt = Given.Now,
            Owner = "a",
        };
        await _runs.AddAsync(run, default);
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(Given.Now);
        return await new PurgeRunner(run, filter, _watch.Over(_letters), _runs, isKept ? keep ?? Keep : null, _told.Add, clock).RunAsync(_stop.Token);
    }

    private Task Keep(IReadOnlyList<DeadLetter> letters)
    {
        _kept.AddRange(letters.Select(letter => letter.Sequence));
        return Task.CompletedTask;
    }

    private async Task<List<long>> RemainingAsync() => [.. (await _letters.SummariesAsync(0, 10_000, BrowseOrder.Ascending, default)).Select(letter => letter.Sequence)];
}
