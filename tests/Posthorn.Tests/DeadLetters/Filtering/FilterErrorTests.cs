using Posthorn.DeadLetters;

namespace Posthorn.Tests.DeadLetters.Filtering;

public class FilterErrorTests
{
    [Fact]
    public void An_unknown_reason_is_told_with_the_nearest()
    {
        var wrong = Filters.Wrong("reason", "Expird");

        wrong.Message.ShouldBe(
            "--reason: there is no reason 'Expird'; there are: RetriesExhausted, PermanentFailure, EndpointGone, BlockedAddress, InvalidDestination, InvalidHeader, MalformedEnvelope, "
            + "UnknownProfile, SecretUnavailable, PayloadTooLarge, Expired, MaxDeliveryCountExceeded, TTLExpiredException, HeaderSizeExceeded; the nearest, Expired, differs at character 6; "
            + "example: --reason Expired");
        wrong.Pointer.ShouldBe("Expird\n     ^");
    }

    [Theory]
    [InlineData("reason", "retries", "       ^", "the nearest, RetriesExhausted, differs")]
    [InlineData("reason", "nonsense", "^", "none is near")]
    [InlineData("reason", "", "^", "a value is missing")]
    [InlineData("error", "Time-out", "    ^", "the nearest, Timeout, differs")]
    [InlineData("error", "42", "^", "there are: NameResolution, Connect,")]
    [InlineData("status", "503x", "   ^", "nothing may follow")]
    [InlineData("status", "5x", "  ^", "two x")]
    [InlineData("status", "5xxx", "   ^", "nothing may follow")]
    [InlineData("status", "0xx", "^", "100-999")]
    [InlineData("status", "99", "^", "100-999")]
    [InlineData("status", "1000", "^", "100-999")]
    [InlineData("status", "599-500", "    ^", "ends after it begins")]
    [InlineData("status", "500-", "    ^", "a status is expected")]
    [InlineData("status", "failed", "^", "a status is expected")]
    [InlineData("status", "٥٠٣", "^", "a status is expected")]
    [InlineData("sequence", "10..5", "    ^", "ends after it begins")]
    [InlineData("sequence", "..", "  ^", "a whole number is expected")]
    [InlineData("sequence", "-1", "^", "a whole number is expected")]
    [InlineData("sequence", "1.5", " ^", "nothing may follow")]
    [InlineData("sequence", "9223372036854775808", "^", "too large")]
    [InlineData("attempts", ">=three", "  ^", "a whole number is expected")]
    [InlineData("attempts", "=>3", "^", ">= is expected in place of =>")]
    [InlineData("attempts", "> =3", "  ^", "a whole number is expected")]
    [InlineData("replays", "3 times", "  ^", "nothing may follow")]
    [InlineData("since", "2 hours", " ^", "a unit is expected")]
    [InlineData("since", "2hours", "  ^", "a number is expected")]
    [InlineData("since", "30", "  ^", "a unit is expected")]
    [InlineData("since", "yesterday", "^", "a duration such as 2h")]
    [InlineData("since", "-2h", "^", "a duration such as 2h")]
    [InlineData("since", "1h 30m", "   ^", "nothing may follow")]
    [InlineData("since", "1d999999999w", "  ^", "beyond the calendar")]
    [InlineData("since", "99999999999999999999999999s", "^", "beyond the calendar")]
    [InlineData("since", "2026-13-01", "     ^", "01-12")]
    [InlineData("since", "2026-02-30", "        ^", "no such day")]
    [InlineData("since", "2026-02-3", "         ^", "a time is written as")]
    [InlineData("since", "2026-02-28 10:00:00Z", "          ^", "a time is written as")]
    [InlineData("since", "2026-02-28T24:00:00Z", "           ^", "00-23")]
    [InlineData("since", "2026-02-28T10:00:60Z", "                 ^", "00-59")]
    [InlineData("since", "2026-02-28T10:00:00", "                   ^", "Z, or an offset")]
    [InlineData("since", "2026-02-28T10:00:00.5", "                     ^", "Z, or an offset")]
    [InlineData("since", "2026-02-28T10:00:00+25:00", "                   ^", "Z, or an offset")]
    [InlineData("until", "0001-01-01T00:00:00+01:00", "                   ^", "Z, or an offset")]
    [InlineData("until", "0000-01-01", "        ^", "no such day")]
    [InlineData("type", "", "^", "a value is missing")]
    [InlineData("tenant", "a\u0007b", " ^", "a control character")]
    [InlineData("subject", "a\nb", " ^", "a control character")]
    public void A_wrong_value_is_told_with_its_place(string name, string value, string caret, string problem) => Filters.ShouldBeWrong(name, value, caret, problem);

    [Fact]
    public void Half_a_surrogate_pair_is_no_value()
    {
        Filters.Wrong("id", "a\ud800b").Position.ShouldBe(1);
        Filters.Wrong("id", "\udc00").Position.ShouldBe(0);
        Filters.Takes("id", "😀").ShouldBeFalse();
    }

    [Fact]
    public void The_message_is_one_printable_line_with_a_correct_example()
    {
        Filters.Wrong("where", "data.status = \"failed\"").Message.ShouldBe("--where: == is expected in place of = at character 13; example: --where 'data.status == \"failed\"'");
        Filters.Wrong("where", "a == \u202Eb\u0007").Message.ShouldNotContain('\u0007');
        Filters.Wrong("reason", "\u202Eb").Message.ShouldContain("'\uFFFDb'");
        Filters.Wrong("col\nour", "x").Message.ShouldStartWith("--col\uFFFDour: there is no such filter");
    }

    [Fact]
    public void Control_characters_are_shown_as_replaced() => Filters.Wrong("where", "a\u001b[31m").Pointer.ShouldBe("a\uFFFD[31m\n ^");

    [Fact]
    public void The_caret_stands_under_the_place_after_wide_characters_too() => Filters.Wrong("where", "'日e\u0301' = a").Pointer.ShouldBe("'日e\u0301' = a\n      ^");

    [Fact]
    public void A_long_value_is_cut_around_the_place()
    {
        var wrong = Filters.Wrong("where", $"{new string('a', 200)} = {new string('b', 200)}");

        var lines = wrong.Pointer.Split('\n');
        lines[0].ShouldBe($"…{new string('a', 35)} = {new string('b', 34)}…");
        lines[1].ShouldBe(new string(' ', 37) + "^");
    }

    [Fact]
    public void A_value_has_a_greatest_length()
    {
        Should.NotThrow(() => Filters.Of("type", new string('x', 4096)));
        Filters.Wrong("type", new string('x', 5000)).Position.ShouldBe(4096);
    }

    [Fact]
    public void An_exception_is_told_of_every_term_by_its_own_example()
    {
        foreach (var field in DeadLetterFilter.Fields) Filters.Wrong(field.Name, "").Example.ShouldBe(field.Example);
    }
}
