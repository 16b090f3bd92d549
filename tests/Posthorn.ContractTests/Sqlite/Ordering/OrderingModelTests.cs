using FsCheck;
using FsCheck.Fluent;
using Posthorn.Queues;

namespace Posthorn.ContractTests.Sqlite.Ordering;

/// <summary>Random stories told to the queue and to a model: what may be leased next must be the same after every step.</summary>
public sealed class OrderingModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _stories;

    [Theory]
    [InlineData(OnExhausted.Skip)]
    [InlineData(OnExhausted.Hold)]
    public void Whatever_happens_the_queue_leases_what_the_model_says(OnExhausted onExhausted) => Prop.ForAll(OrderingStep.Stories, story =>
    {
        using var told = new OrderingStory(_folder.File($"{++_stories}.db"), onExhausted);
        told.RunAsync(story.All).GetAwaiter().GetResult(); // FsCheck knows nothing of tasks.
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    public void Dispose() => _folder.Dispose();
}
