using System.Text;
using Posthorn.Worker.Sending;

namespace Posthorn.Tests.Worker;

public class LineReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData("a\n", "a")]
    [InlineData("a\nb", "a|b")]
    [InlineData("a\n\nb\n", "a||b")]
    [InlineData("a\r\nb", "a\r|b")]
    [InlineData("\n", "")]
    public void Lines_are_cut_at_line_feeds_and_nothing_else(string text, string lines) => string.Join('|', Lines(new MemoryStream(Encoding.UTF8.GetBytes(text)))).ShouldBe(lines);

    [Fact]
    public void A_stream_that_gives_a_byte_at_a_time_gives_the_same_lines() =>
        string.Join('|', Lines(new Dripping(Encoding.UTF8.GetBytes("one\ntwo\n\nthree")))).ShouldBe("one|two||three");

    [Fact]
    public void A_line_longer_than_the_buffer_is_one_line()
    {
        var lines = Lines(new MemoryStream(Encoding.UTF8.GetBytes($"{new string('x', 1_000_000)}\nshort\n{new string('y', 300_000)}")));

        lines.Select(line => line.Length).ShouldBe([1_000_000, 5, 300_000]);
    }

    [Fact]
    public void Lines_are_numbered_from_one_and_the_rest_is_everything_left()
    {
        var reader = new LineReader(new MemoryStream("a\nb\nc\nd"u8.ToArray()));
        reader.Next();
        reader.Next();

        reader.Number.ShouldBe(2);
        Encoding.UTF8.GetString(reader.Rest().Span).ShouldBe("c\nd");
        reader.Next().ShouldBeNull();
    }

    private static List<string> Lines(Stream stream)
    {
        var reader = new LineReader(stream);
        var lines = new List<string>();
        while (reader.Next() is { } line) lines.Add(Encoding.UTF8.GetString(line.Span));
        return lines;
    }

    private sealed class Dripping(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));
    }
}
