using Posthorn.DeadLetters;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Worker.Api.Answers;

/// <summary>A page of dead letters, the newest first.</summary>
/// <param name="DeadLetters">The dead letters.</param>
/// <param name="Total">How many there are in all that the caller may see.</param>
public sealed record DeadLettersAnswer(IReadOnlyList<DeadLetterView> DeadLetters, long Total);

/// <summary>Dead letters in groups, the largest first.</summary>
/// <param name="Total">How many there are in all groups.</param>
/// <param name="Groups">The groups; what they are not grouped by is left out.</param>
internal sealed record DeadLetterGroupsAnswer(long Total, IReadOnlyList<DeadLetterGroup> Groups);

/// <summary>Runs of replay and purge, the newest first.</summary>
/// <param name="Runs">The runs.</param>
internal sealed record DeadLetterRunsAnswer(IReadOnlyList<RunLine> Runs);

/// <summary>What became of the dead letters of a request.</summary>
/// <param name="Sequences">Those it was done to; one that is not there any more is not among them.</param>
public sealed record SequencesAnswer(IReadOnlyList<long> Sequences);
