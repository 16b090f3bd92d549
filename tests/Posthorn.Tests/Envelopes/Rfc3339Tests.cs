using System.Globalization;
using Posthorn.Envelopes;

namespace Posthorn.Tests.Envelopes;

/// <summary>The form that the product writes itself is read in a way of its own; its answers are .NET's for that form.</summary>
public class Rfc3339Tests
{
    private const string Characters = "0123456789-:.TZtz+ \u0663";

    [Fact]
    public void What_is_written_is_read_back_to_the_millisecond()
    {
        var chance = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var time = DateTimeOffset.MinValue.AddMilliseconds(chance.NextInt64((long)(DateTimeOffset.MaxValue - DateTimeOffset.MinValue).TotalMilliseconds));

            Rfc3339.TryParse(Rfc3339.Format(time), out var read).ShouldBeTrue();
            (read, read.Offset).ShouldBe((time, TimeSpan.Zero));
        }
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00.000Z")]
    [InlineData("9999-12-31T23:59:59.999Z")]
    [InlineData("2024-02-29T23:59:59.999Z")]
    [InlineData("2023-02-29T00:00:00.000Z")]
    [InlineData("1900-02-29T00:00:00.000Z")]
    [InlineData("0000-01-01T00:00:00.000Z")]
    [InlineData("2024-00-01T00:00:00.000Z")]
    [InlineData("2024-13-01T00:00:00.000Z")]
    [InlineData("2024-01-00T00:00:00.000Z")]
    [InlineData("2024-04-31T00:00:00.000Z")]
    [InlineData("2024-01-01T24:00:00.000Z")]
    [InlineData("2024-01-01T00:60:00.000Z")]
    [InlineData("2024-01-01T00:00:60.000Z")]
    [InlineData("2024-01-01t00:00:00.000z")]
    public void A_time_at_the_edge_is_read_as_dotnet_reads_it(string text) => ShouldBeReadAsByDotnet(text);

    [Fact]
    public void With_any_character_in_place_of_any_other_it_is_read_as_dotnet_reads_it()
    {
        const string Text = "2024-02-29T19:59:59.128Z";
        for (var at = 0; at < Text.Length; at++)
            foreach (var character in Characters) ShouldBeReadAsByDotnet(string.Concat(Text.AsSpan(0, at), [character], Text.AsSpan(at + 1)));
    }

    private static void ShouldBeReadAsByDotnet(string text)
    {
        var isTime = DateTimeOffset.TryParseExact(text.ToUpperInvariant(), "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time);

        (Rfc3339.TryParse(text, out var read), read).ShouldBe((isTime, time), text);
    }
}
