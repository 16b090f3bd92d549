using System.Text;
using Posthorn.DeadLetters;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Filtering;

/// <summary>What facts about filters begin with.</summary>
internal static class Filters
{
    /// <summary>A dead letter as most facts need one.</summary>
    public static DeadLetterSummary Letter { get; } = new()
    {
        Sequence = 12,
        MessageId = "msg-1",
        Facts = new DeadLetterFacts
        {
            Id = "evt_1",
            Type = "job.failed",
            Profile = "standard",
            Tenant = "acme",
            Subject = "batch-7",
            Destination = "https://example.com/hooks/a",
            EndpointId = "ep_1",
        },
        Reason = DeadLetterReason.RetriesExhausted,
        Last = new LastAttempt(503, Error: null),
        AttemptsMade = 3,
        Replays = 1,
        Run = "run_abc",
        EnqueuedAt = Given.Now.AddHours(-3),
        DeadLetteredAt = Given.Now.AddHours(-1),
    };

    /// <summary>A filter of names and values in turn.</summary>
    public static DeadLetterFilter Of(params string[] namesAndValues) =>
        DeadLetterFilter.Parse(namesAndValues.Chunk(2).Select(pair => new FilterTerm(pair[0], pair[1])), Given.Now);

    public static bool Takes(string name, string value, DeadLetterSummary? letter = null) => Of(name, value).Matches(letter ?? Letter);

    public static bool TakesUrl(string value, string? url) => Takes("destination", value, Letter with { Facts = Letter.Facts with { Destination = url } });

    public static bool TakesPayload(string expression, string payload) => Of("where", expression).MatchesPayload(Encoding.UTF8.GetBytes(payload));

    public static FilterException Wrong(string name, string value) => Should.Throw<FilterException>(() => Of(name, value));

    /// <summary>Expects an error at the place that a caret under the value shows.</summary>
    public static void ShouldBeWrong(string name, string value, string caret, string problem)
    {
        var wrong = Wrong(name, value);
        wrong.Position.ShouldBe(caret.IndexOf('^', StringComparison.Ordinal), wrong.Message);
        wrong.Problem.ShouldContain(problem);
        (wrong.Name, wrong.Value).ShouldBe((name, value));
        wrong.Pointer.Split('\n')[1].ShouldBe(caret);
    }
}
