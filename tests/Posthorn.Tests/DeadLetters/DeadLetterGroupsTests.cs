using System.Globalization;
using Posthorn.DeadLetters;
using Posthorn.Queues;
using Posthorn.Tests.DeadLetters.Filtering;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters;

public class DeadLetterGroupsTests
{
    private static readonly DeadLetterSummary Letter = Filters.Letter;

    public static TheoryData<GroupDimensions> Single => [.. Enum.GetValues<GroupDimensions>().Where(each => int.IsPow2((int)each))];

    [Theory]
    [MemberData(nameof(Single))]
    public void Letters_are_told_apart_by_what_they_are_grouped_by_and_by_nothing_else(GroupDimensions by)
    {
        DeadLetterSummary[] others =
        [
            Letter with { Reason = DeadLetterReason.Expired }, Letter with { Last = new LastAttempt(404, null) }, Letter with { Last = new LastAttempt(503, "Timeout") },
            Of(facts => facts with { Destination = "https://other.example/hooks/a" }), Of(facts => facts with { Profile = "proposal" }), Of(facts => facts with { Type = "other" }),
            Of(facts => facts with { Tenant = "other" }), Of(facts => facts with { EndpointId = "other" }), Of(facts => facts with { Destination = "https://example.com/hooks/b" }),
        ];

        var groups = Grouped(by, [Letter, .. others]);

        // Another host is another URL too.
        var apart = by == GroupDimensions.Url ? 2 : 1;
        groups.Select(group => group.Count).ShouldBe([10 - apart, .. Enumerable.Repeat(1L, apart)]);
        var largest = groups[0];
        new object?[] { largest.Reason, largest.Status, largest.Error, largest.Destination, largest.Profile, largest.Type, largest.Tenant, largest.EndpointId }
            .Count(each => each is not null).ShouldBe(by == GroupDimensions.Error ? 0 : 1);
    }

    [Fact]
    public void A_group_says_what_its_letters_have_in_common()
    {
        var group = Grouped((GroupDimensions)0x1FF, Letter).ShouldHaveSingleItem();

        group.ShouldBe(new DeadLetterGroup
        {
            Reason = "RetriesExhausted",
            Status = 503,
            Destination = "https://example.com/hooks/a",
            Profile = "standard",
            Type = "job.failed",
            Tenant = "acme",
            EndpointId = "ep_1",
            Count = 1,
            Oldest = Letter.DeadLetteredAt,
            Newest = Letter.DeadLetteredAt,
        });
    }

    [Fact]
    public void By_nothing_all_are_one_group()
    {
        Grouped(GroupDimensions.None, Letter, Letter with { Reason = DeadLetterReason.Expired }).ShouldHaveSingleItem().Count.ShouldBe(2);
    }

    [Fact]
    public void The_largest_group_comes_first_and_of_equal_ones_the_oldest()
    {
        var groups = Grouped(GroupDimensions.Tenant, Dead("c", 5), Dead("b", 3), Dead("a", 4), Dead("d", 9), Dead("d", 1), Dead("d", 6));

        groups.Select(group => group.Tenant).ShouldBe(["d", "b", "a", "c"]);
        (groups[0].Count, groups[0].Oldest, groups[0].Newest).ShouldBe((3, Given.Now.AddMinutes(1), Given.Now.AddMinutes(9)));
    }

    [Theory]
    [InlineData("https://example.com/hooks/a", "https://example.com")]
    [InlineData("https://example.com/", "https://example.com")]
    [InlineData("https://example.com:8443/a/b", "https://example.com:8443")]
    [InlineData("https://example.com:443/a", "https://example.com")]
    [InlineData("http://[2001:db8::1]:8080/a", "http://[2001:db8::1]:8080")]
    [InlineData("http://[::1]/", "http://[::1]")]
    [InlineData("https://user:pw@example.com/a?b=/c", "https://example.com")]
    [InlineData("https://bücher.example/ä", "https://bücher.example")]
    public void A_destination_is_grouped_by_its_scheme_host_and_port(string url, string origin)
    {
        var facts = DeadLetterFacts.Of(Letters.Message() with { Properties = new Dictionary<string, string> { ["url"] = url } });

        Grouped(GroupDimensions.Destination, Letter with { Facts = facts }).ShouldHaveSingleItem().Destination.ShouldBe(origin);
    }

    [Theory]
    [InlineData("mailto:a@example.com")]
    [InlineData("urn:a:b")]
    [InlineData("file:///etc/passwd")]
    [InlineData("x:")]
    [InlineData("aa:")]
    [InlineData("https://")]
    [InlineData("")]
    [InlineData("javascript:1")]
    [InlineData("http://a\ud800/")]
    [InlineData("data:,")]
    public void Whatever_another_producer_calls_a_URL_can_be_grouped(string url)
    {
        var facts = DeadLetterFacts.Of(Letters.Message() with { Properties = new Dictionary<string, string> { ["url"] = url } });

        Grouped(GroupDimensions.Destination, Letter with { Facts = facts }).ShouldHaveSingleItem().Count.ShouldBe(1);
        Grouped(GroupDimensions.Url, Letter with { Facts = facts }).ShouldHaveSingleItem().Count.ShouldBe(1);
    }

    [Fact]
    public void Beyond_the_bound_the_rest_is_one_group()
    {
        var groups = new DeadLetterGroups(GroupDimensions.Type);
        for (var i = 0; i < DeadLetterGroups.MaxGroups + 500; i++) groups.Add(Of(facts => facts with { Type = i.ToString(CultureInfo.InvariantCulture) }));
        groups.Add(Of(facts => facts with { Type = "0" }));

        var sorted = groups.Sorted();

        sorted.Count.ShouldBe(DeadLetterGroups.MaxGroups + 1);
        (sorted[0].Reason, sorted[0].Count).ShouldBe(("(others)", 500));
        (sorted[1].Type, sorted[1].Count).ShouldBe(("0", 2));
        sorted.Sum(group => group.Count).ShouldBe(groups.Total);
        groups.Total.ShouldBe(DeadLetterGroups.MaxGroups + 501);
    }

    [Fact]
    public void However_many_URLs_a_host_has_it_is_one_destination()
    {
        var groups = new DeadLetterGroups(GroupDimensions.Destination);
        for (var i = 0; i < 12_000; i++) groups.Add(Of(facts => facts with { Destination = $"https://example.com/hooks/{i}" }));

        groups.Sorted().ShouldHaveSingleItem().Count.ShouldBe(12_000);
    }

    [Fact]
    public void Without_a_letter_there_is_no_group()
    {
        var groups = new DeadLetterGroups(GroupDimensions.Cause);

        (groups.Total, groups.Sorted().Count, groups.Times.Read(40).Columns.Count).ShouldBe((0, 0, 0));
    }

    [Fact]
    public void When_they_died_is_counted_too()
    {
        var groups = new DeadLetterGroups(GroupDimensions.None);
        groups.Add(Dead("a", 1));
        groups.Add(Dead("b", 9));

        groups.Times.Read(40).Columns.Sum().ShouldBe(2);
    }

    private static DeadLetterSummary Of(Func<DeadLetterFacts, DeadLetterFacts> change) => Letter with { Facts = change(Letter.Facts) };

    private static DeadLetterSummary Dead(string tenant, int minutes) => Of(facts => facts with { Tenant = tenant }) with { DeadLetteredAt = Given.Now.AddMinutes(minutes) };

    private static IReadOnlyList<DeadLetterGroup> Grouped(GroupDimensions by, params DeadLetterSummary[] letters)
    {
        var groups = new DeadLetterGroups(by);
        foreach (var letter in letters) groups.Add(letter);
        return groups.Sorted();
    }
}
