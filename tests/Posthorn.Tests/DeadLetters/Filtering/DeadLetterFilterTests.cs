using Posthorn.DeadLetters;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Filtering;

public class DeadLetterFilterTests
{
    [Fact]
    public void The_empty_filter_takes_everything()
    {
        var filter = DeadLetterFilter.Parse([], Given.Now);

        (filter.IsEverything, filter.NeedsPayload, filter.ToString(), filter.ToJson()).ShouldBe((true, false, "everything", "[]"));
        filter.Matches(Filters.Letter).ShouldBeTrue();
        filter.MatchesPayload("no JSON"u8.ToArray()).ShouldBeTrue();
        DeadLetterFilter.Everything.IsEverything.ShouldBeTrue();
    }

    [Fact]
    public void Terms_of_different_names_must_all_fit()
    {
        Filters.Of("status", "503", "type", "job.*").Matches(Filters.Letter).ShouldBeTrue();
        Filters.Of("status", "503", "type", "other").Matches(Filters.Letter).ShouldBeFalse();
    }

    [Fact]
    public void Of_terms_of_one_name_one_must_fit()
    {
        Filters.Of("status", "404", "type", "job.*", "status", "5xx").Matches(Filters.Letter).ShouldBeTrue();
        Filters.Of("status", "404", "type", "job.*", "status", "405").Matches(Filters.Letter).ShouldBeFalse();
    }

    [Fact]
    public void A_where_term_is_asked_of_the_payload_alone()
    {
        var filter = Filters.Of("where", "data.a == 1", "where", "data.a == 2");

        filter.NeedsPayload.ShouldBeTrue();
        filter.Matches(Filters.Letter).ShouldBeTrue();
        filter.MatchesPayload("""{"a":2}"""u8.ToArray()).ShouldBeTrue();
        filter.MatchesPayload("""{"a":3}"""u8.ToArray()).ShouldBeFalse();
    }

    [Fact]
    public void The_example_of_every_field_is_correct_and_no_field_is_there_twice()
    {
        foreach (var field in DeadLetterFilter.Fields) Should.NotThrow(() => Filters.Of(field.Name, field.Example), field.Name);
        DeadLetterFilter.Fields.Select(field => field.Name).ShouldBe(
            ["reason", "status", "error", "destination", "endpoint", "type", "profile", "tenant", "subject", "id", "sequence", "attempts", "replays", "run", "since", "until", "where"]);
    }

    [Fact]
    public void A_filter_is_kept_as_JSON_in_which_times_are_absolute() =>
        Filters.Of("reason", "Expired", "since", "2h", "where", "data.a >= \"x\"").ToJson().ShouldBe(
            """[{"name":"reason","value":"Expired"},{"name":"since","value":"2024-03-21T13:30:45.000Z"},{"name":"where","value":"data.a >= \"x\""}]""");

    [Fact]
    public void A_filter_is_read_as_it_was_kept()
    {
        var filter = DeadLetterFilter.Parse([new("since", "1h"), new("type", "job.*"), new("where", "data.ok == 'ü'")], Given.Now.AddTicks(1234567));

        var read = DeadLetterFilter.FromJson(filter.ToJson());

        read.Terms.ShouldBe(filter.Terms);
        var edge = Filters.Letter with { DeadLetteredAt = Given.Now.AddHours(-1).AddMilliseconds(123) };
        (filter.Matches(edge), read.Matches(edge)).ShouldBe((true, true));
        var before = edge with { DeadLetteredAt = edge.DeadLetteredAt.AddTicks(-1) };
        (filter.Matches(before), read.Matches(before)).ShouldBe((false, false));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[null]")]
    [InlineData("{}")]
    [InlineData("[{}]")]
    [InlineData("""[{"name":"reason"}]""")]
    [InlineData("""[{"name":"reason","value":null}]""")]
    [InlineData("""[{"name":"colour","value":"red"}]""")]
    [InlineData("""[{"name":"since","value":"2h"}]""")]
    public void What_is_no_filter_is_never_taken_for_a_wider_one(string json) => Should.Throw<FormatException>(() => DeadLetterFilter.FromJson(json));

    [Fact]
    public void A_filter_is_shown_as_it_is_written_on_a_command_line() =>
        Filters.Of("reason", "Expired", "type", "job.*", "attempts", ">=3", "where", "data.a == 'it' && b == \"\u200B\\\\\"", "where", "a == 'x'").ToString().ShouldBe(
            @"--reason Expired --type 'job.*' --attempts '>=3' --where $'data.a == \'it\' && b == ""\u200b\\\\""' --where 'a == '\''x'\'''");

    [Fact]
    public void An_unknown_name_is_told_with_those_there_are_and_the_nearest()
    {
        var wrong = Filters.Wrong("raeson", "Expired");

        wrong.Message.ShouldStartWith("--raeson: there is no such filter, the nearest is reason; there are: reason, status, error, ");
        wrong.Message.ShouldEndWith("; example: --reason Expired");
    }

    [Fact]
    public void A_name_with_capitals_is_unknown() => Filters.Wrong("Reason", "Expired").Message.ShouldContain("the nearest is reason");

    [Fact]
    public void A_million_letters_are_asked_without_making_garbage()
    {
        var filter = Filters.Of(
            "reason", "max*", "reason", "RetriesExhausted", "status", "5xx", "destination", "*.example.org", "destination", "example.com/hooks", "type", "*b.f*d", "id", "other", "id", "evt_1.*",
            "sequence", "1..20", "attempts", ">=3", "since", "1w", "run", "*");
        filter.Matches(Filters.Letter).ShouldBeTrue();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++) filter.Matches(Filters.Letter);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(10_000);
    }

    [Fact]
    public void The_reasons_that_can_be_asked_for_are_all_there_are()
    {
        var reasons = typeof(DeadLetterReason).GetFields().Where(field => field.FieldType == typeof(DeadLetterReason)).Select(field => field.GetValue(null)?.ToString() ?? "").ToList();

        reasons.Count.ShouldBeGreaterThan(10);
        foreach (var reason in reasons) Should.NotThrow(() => Filters.Of("reason", reason), reason);
    }
}
