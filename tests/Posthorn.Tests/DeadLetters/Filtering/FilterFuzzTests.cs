using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Posthorn.DeadLetters;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Filtering;

/// <summary>Nothing that anybody can type makes a filter throw anything but what it says. The seed is fixed, so a failure repeats.</summary>
public class FilterFuzzTests
{
    private static readonly string[] Pieces =
    [
        "data", ".", "status", " ", "==", "!=", "<", "<=", ">", ">=", "=", "!", "&&", "||", "&", "(", ")", "[", "]", "[*]", "[-1]", "\"", "'", "\"a\"", "'b'", "\\", "\\u00e9", "\\ud800", "$", "@", "*",
        "0", "1", "-", "e", "12345678901234567890", "5xx", "503", "..", "2h", "w", "2026-03-21", "T15:30:00Z", "+01:00", "https://", "example.com", ":", "8443", "/", "%", "%41", "?", "#", "[::1]", "xn--",
        "é", "漢", "😀", "\ud800", "\udc00", "\0", "\n", "\u202E", "\u200B", "\uFEFF", "Expired", "Max", "Timeout", "true", "null", "T", "Z", "İ", "ß", "999999999999",
    ];

    private static readonly string[] Payloads =
    [
        """{"data":{"status":"a","list":[1,"b",null,{"a":1}]}}""", """{"status":1e999,"a":"\ud800","T":-0}""", "[[[]]]", "7", "not JSON", "", """{"data":null,"data":1}""",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_text_makes_the_reader_throw_anything_but_where_it_is_wrong(int seed)
    {
        var chance = new Random(seed);
        var read = 0;
        for (var i = 0; i < 40_000; i++)
        {
            var field = DeadLetterFilter.Fields[chance.Next(DeadLetterFilter.Fields.Count)];
            var value = string.Concat(Enumerable.Range(0, chance.Next(1, 9)).Select(_ => Pieces[chance.Next(Pieces.Length)]));
            if (chance.Next(3) == 0) value = field.Example.Insert(chance.Next(field.Example.Length + 1), Pieces[chance.Next(Pieces.Length)]);
            if (chance.Next(50) == 0) value = string.Concat(Enumerable.Repeat(value, chance.Next(10, 300)));
            if (Survives(new FilterTerm(field.Name, value))) read++;
        }

        read.ShouldBeGreaterThan(1_000);
    }

    [Fact]
    public void No_prefix_of_an_example_makes_the_reader_throw_anything_else()
    {
        foreach (var field in DeadLetterFilter.Fields)
            for (var length = 0; length <= field.Example.Length; length++) Survives(new FilterTerm(field.Name, field.Example[..length]));
    }

    [Fact]
    public void What_was_read_is_read_again_as_it_was_kept() => Prop.ForAll(
        Some.Texts.ToArbitrary(),
        text =>
        {
            foreach (var field in DeadLetterFilter.Fields) Survives(new FilterTerm(field.Name, text));
            Survives(new FilterTerm(text, text));
        }).QuickCheckThrowOnFailure();

    /// <summary>Whether the term can be read; if so, all else must work with it, and if not, the error must be whole.</summary>
    private static bool Survives(FilterTerm term)
    {
        try
        {
            var filter = DeadLetterFilter.Parse([term], Given.Now);
            filter.Matches(Filters.Letter);
            foreach (var payload in Payloads) filter.MatchesPayload(Encoding.UTF8.GetBytes(payload));
            var again = DeadLetterFilter.FromJson(filter.ToJson());
            again.Terms.ShouldBe(filter.Terms);
            again.ToString().ShouldBe(filter.ToString());
            return true;
        }
        catch (FilterException wrong)
        {
            wrong.Position.ShouldBeInRange(0, term.Value.Length);
            wrong.Message.ShouldNotContain('\n');
            wrong.Message.ShouldNotContain('\0');
            wrong.Pointer.Split('\n').Length.ShouldBe(2);
            return false;
        }
    }
}
