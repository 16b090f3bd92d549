using System.Text;
using Posthorn.Worker.Sending;

namespace Posthorn.Tests.Worker;

public sealed class EnvelopeFileTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    [Theory]
    [InlineData("")]
    [InlineData(" \n\r\n\t\n")]
    public void A_file_of_nothing_has_no_envelope(string text) => Read(text).ShouldBe("");

    [Theory]
    [InlineData("{}", "1:{}")]
    [InlineData("\n\n{}\n", "3:{}")]
    [InlineData("{\n\"a\":1\n}\n", "1:{\n\"a\":1\n}\n")]
    public void A_file_is_one_object_over_any_number_of_lines(string text, string envelopes) => Read(text).ShouldBe(envelopes);

    [Theory]
    [InlineData("{}\n{}\n", "1:{}|2:{}")]
    [InlineData("{}\n\n{}", "1:{}|3:{}")]
    [InlineData("{}\nbroken\n{}", "1:{}|2:broken|3:{}")]
    [InlineData("broken\n{}\n{}", "1:broken|2:{}|3:{}")]
    public void A_file_is_one_envelope_a_line_and_a_broken_one_is_its_own_fault(string text, string envelopes) => Read(text).ShouldBe(envelopes);

    [Theory]
    [InlineData("[]", "")]
    [InlineData("[{},{\"a\":[1]}]", "1:{}|2:{\"a\":[1]}")]
    [InlineData(" [\n{} ,\n 7\n]\n", "1:{}|2:7")]
    public void A_file_is_an_array_whose_items_are_numbered(string text, string envelopes) => Read(text).ShouldBe(envelopes);

    [Theory]
    [InlineData("[{},")]
    [InlineData("[{}] x")]
    public void A_broken_array_is_one_fault(string text) => Read(text).ShouldStartWith("1:[{}");

    [Fact]
    public void Ten_thousand_lines_are_read_in_order()
    {
        var lines = Enumerable.Range(1, 10_000).Select(n => $"{{\"n\":{n}}}").ToList();

        Read(string.Join("\r\n", lines)).Split('|').Length.ShouldBe(10_000);
        EnvelopeFile.Read(_file).Select(envelope => envelope.Number).ShouldBe(Enumerable.Range(1, 10_000));
    }

    [Fact]
    public void The_bytes_of_files_are_counted_and_those_of_standard_input_are_unknown()
    {
        File.WriteAllText(_file, "12345");

        EnvelopeFile.TotalBytes([_file, _file]).ShouldBe(10);
        EnvelopeFile.TotalBytes([_file, "-"]).ShouldBeNull();
    }

    public void Dispose() => File.Delete(_file);

    private string Read(string text)
    {
        File.WriteAllText(_file, text);
        return string.Join('|', EnvelopeFile.Read(_file).Select(envelope => $"{envelope.Number}:{Encoding.UTF8.GetString(envelope.Json.Span)}"));
    }
}
