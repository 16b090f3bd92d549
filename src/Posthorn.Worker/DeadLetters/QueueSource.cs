using Posthorn.DeadLetters;
using Posthorn.Worker.Composition;

namespace Posthorn.Worker.DeadLetters;

/// <summary>The dead letters of the queue's file.</summary>
internal sealed class QueueSource(OpenQueue open) : IDeadLetterSource
{
    public async Task<(IReadOnlyList<DeadLetterView> Letters, long Total)> NewestAsync(int max, CancellationToken cancellationToken)
    {
        var letters = await open.Queue.DeadLetters.NewestAsync(max, cancellationToken);
        return ([.. letters.Select(DeadLetterView.Of)], await open.Queue.DeadLetters.CountAsync(cancellationToken));
    }

    public async Task<DeadLetterDetail?> FindAsync(string which, CancellationToken cancellationToken) =>
        await DeadLetterFinder.FindAsync(open.Queue.DeadLetters, which, cancellationToken) is { } letter ? DeadLetterDetail.Of(letter) : null;

    public void Dispose() => open.Dispose();
}
