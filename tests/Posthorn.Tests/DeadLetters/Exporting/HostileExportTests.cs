using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Posthorn.DeadLetters;
using Posthorn.DeadLetters.Exporting;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.DeadLetters.Exporting;

/// <summary>Whatever a line holds, it is imported or refused by name. The seed is fixed, so a failure repeats.</summary>
public class HostileExportTests
{
    private static readonly string[] Pieces =
    [
        "\"", "\\", "{", "}", "[", "]", ",", ":", "null", "1e999", "-1", "\\ud800", "\\u0000", "\r\n", "\0", " ", "\"data\":null,", "\"message\":null,", "99999999999999999999",
        "true", "[[[[[[[[[[[[[[[[", "\"envelope\":null,", "\"properties\":{\"a\":null},", "\"sealed_properties\":{\"url\":null},", "\"body_base64\":\"*\",", "\"sealed_body\":\"AAAA\",", "\"attempts\":[null],",
        "\"destination\":{\"secret\":\"x\"},", "\"\\ud800\":1,",
    ];

    private readonly DeadLetterExport _export = new(new FakeSealer(), Given.Catalog());

    [Theory]
    [InlineData("reason", "null")]
    [InlineData("description", "null")]
    [InlineData("attempts", "null")]
    [InlineData("attempts", "[null]")]
    [InlineData("attempts", "{}")]
    [InlineData("attempts", "[{}]")]
    [InlineData("message", "null")]
    [InlineData("message", "{}")]
    [InlineData("message", """{"message_id":null,"properties":{},"body_base64":""}""")]
    [InlineData("message", """{"message_id":"","properties":{},"body_base64":""}""")]
    [InlineData("message", """{"message_id":"m","properties":null,"body_base64":""}""")]
    [InlineData("message", """{"message_id":"m","body_base64":""}""")]
    [InlineData("message", """{"message_id":"m","properties":{"url":null},"body_base64":""}""")]
    [InlineData("message", """{"message_id":"m","properties":{},"sealed_properties":{"url":null},"body_base64":""}""")]
    [InlineData("message", """{"message_id":"m","properties":{},"sealed_properties":{"url":"***"},"body_base64":""}""")]
    [InlineData("message", """{"message_id":"m","properties":{},"body_base64":"***"}""")]
    [InlineData("message", """{"message_id":"m","properties":{},"sealed_body":"***"}""")]
    [InlineData("message", """{"message_id":"m","properties":{},"sealed_body":"AAAA"}""")]
    [InlineData("message", """{"message_id":"\ud800","properties":{},"body_base64":""}""")]
    [InlineData("envelope", "null")]
    [InlineData("envelope", "1")]
    [InlineData("envelope", "{}")]
    [InlineData("envelope", """{"\ud800":1}""")]
    [InlineData("envelope", """{"destination":{"secret":"x"},"data":1}""")]
    [InlineData("envelope", """{"destination":null,"data":1}""")]
    [InlineData("enqueued_at", "\"yesterday\"")]
    [InlineData("enqueued_at", "null")]
    [InlineData("dead_lettered_at", "1")]
    [InlineData("sequence", "1.5")]
    [InlineData("delivery_count", "99999999999")]
    public void A_line_with_a_wrong_field_is_refused(string field, string value)
    {
        var line = """{"sequence":1,"reason":"Expired","description":"d","enqueued_at":"2024-03-21T15:30:45Z","dead_lettered_at":"2024-03-21T15:30:45Z","attempts":[],"envelope":{"data":1},"message":{"message_id":"m","properties":{}}}""";
        var members = System.Text.Json.Nodes.JsonNode.Parse(line)?.AsObject().Select(member => member.Key == field ? $"\"{field}\":{value}" : $"\"{member.Key}\":{member.Value?.ToJsonString()}").ToList() ?? [];
        if (!members.Exists(member => member.StartsWith($"\"{field}\"", StringComparison.Ordinal))) members.Add($"\"{field}\":{value}");

        Survives(Encoding.UTF8.GetBytes($"{{{string.Join(',', members)}}}")).ShouldBeFalse();
        Survives(Encoding.UTF8.GetBytes(line)).ShouldBeTrue();
    }

    [Fact]
    public void A_line_without_a_field_that_is_needed_is_refused()
    {
        foreach (var field in new[] { "reason", "description", "enqueued_at", "dead_lettered_at", "attempts", "message" })
        {
            var line = System.Text.Json.Nodes.JsonNode.Parse(Line()).ShouldNotBeNull().AsObject();
            line.Remove(field).ShouldBeTrue();
            Survives(Encoding.UTF8.GetBytes(line.ToJsonString())).ShouldBeFalse(field);
        }
    }

    [Fact]
    public void A_line_whose_envelope_is_gone_is_refused_for_want_of_a_body()
    {
        var line = System.Text.Json.Nodes.JsonNode.Parse(Line()).ShouldNotBeNull().AsObject();
        line.Remove("envelope");

        Should.Throw<ExportFormatException>(() => _export.Read(Encoding.UTF8.GetBytes(line.ToJsonString()))).Message.ShouldStartWith("$.message: has no body");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{} {}")]
    [InlineData("not JSON")]
    public void What_is_no_line_of_an_export_is_refused(string line) => Survives(Encoding.UTF8.GetBytes(line)).ShouldBeFalse();

    [Fact]
    public void A_line_of_any_depth_is_refused() => Survives(Encoding.UTF8.GetBytes(new string('[', 100_000))).ShouldBeFalse();

    [Fact]
    public void No_prefix_of_a_line_is_a_line()
    {
        var line = Line();
        for (var length = 0; length < line.Length; length++) Survives(line.AsMemory(0, length)).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void No_mutation_of_a_line_makes_the_import_throw_anything_else(int seed)
    {
        var chance = new Random(seed);
        byte[][] lines = [Line(), _export.Write(Letters.Dead(Letters.Plain("""{"type":"t","data":1}"""))), _export.Write(Letters.Dead(Letters.Accepted("morag-task"))), _export.Write(Letters.Dead(Letters.Event()))];
        var read = 0;
        for (var i = 0; i < 5_000; i++)
        {
            if (Survives(Mutated(lines[i % lines.Length], chance))) read++;
        }

        read.ShouldBeInRange(50, 4_950);
    }

    [Fact]
    public void Random_bytes_are_refused()
    {
        var chance = new Random(4);
        for (var i = 0; i < 5_000; i++)
        {
            var bytes = new byte[chance.Next(100)];
            chance.NextBytes(bytes);
            Survives(bytes).ShouldBeFalse();
        }
    }

    [Fact]
    public void Every_letter_of_texts_that_people_write_comes_back() => Prop.ForAll(
        Some.Texts.Zip(Some.Json).ToArbitrary(),
        written =>
        {
            var (text, json) = written;
            var letter = Letters.Dead(Letters.Message() with { Body = Encoding.UTF8.GetBytes(json), OrderingKey = text }) with { Description = text };
            letter = letter with { Message = letter.Message with { Properties = new Dictionary<string, string>(letter.Message.Properties) { ["subject"] = text, [text] = text } } };

            var read = _export.Read(_export.Write(letter));

            read.Message.Body.ToArray().ShouldBe(Encoding.UTF8.GetBytes(json));
            (read.Description, read.Message.OrderingKey, read.Message.Properties["subject"]).ShouldBe((text, text, text));
        }).QuickCheckThrowOnFailure();

    private byte[] Line() => _export.Write(Letters.Dead(Letters.Message(data: """{"a":[1,{"b":"é"}]}""") with { OrderingKey = "k" }));

    /// <summary>Whether the line is read; if so, all else must work with it, and if not, the error must be one line.</summary>
    private bool Survives(ReadOnlyMemory<byte> line)
    {
        DeadLetter letter;
        try
        {
            letter = _export.Read(line);
        }
        catch (ExportFormatException refused)
        {
            refused.Message.ShouldStartWith("$");
            refused.Message.ShouldNotContain('\n');
            refused.Message.Length.ShouldBeLessThan(1000);
            return false;
        }

        DeadLetterView.Of(letter).ShouldNotBeNull();
        letter.Message.Properties.ShouldAllBe(property => property.Value != null);
        _export.Read(_export.Write(letter)).Message.Body.ToArray().ShouldBe(letter.Message.Body.ToArray(), Encoding.UTF8.GetString(line.Span));
        return true;
    }

    private static byte[] Mutated(byte[] bytes, Random chance)
    {
        var mutated = bytes.ToList();
        for (var changes = chance.Next(1, 4); changes > 0; changes--)
        {
            var at = chance.Next(mutated.Count);
            switch (chance.Next(5))
            {
                case 0:
                    mutated[at] = (byte)chance.Next(256);
                    break;
                case 1:
                    mutated.RemoveRange(at, Math.Min(chance.Next(1, 20), mutated.Count - at));
                    if (mutated.Count == 0) mutated.Add(0);
                    break;
                case 2:
                    mutated.InsertRange(at, mutated.GetRange(at, Math.Min(chance.Next(1, 40), mutated.Count - at)));
                    break;
                case 3:
                    // Where a member may stand.
                    var comma = mutated.IndexOf((byte)',', at);
                    mutated.InsertRange(comma < 0 ? at : comma + 1, Encoding.UTF8.GetBytes(Pieces[chance.Next(Pieces.Length)]));
                    break;
                default:
                    mutated.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[chance.Next(Pieces.Length)]));
                    break;
            }
        }

        return [.. mutated];
    }
}
