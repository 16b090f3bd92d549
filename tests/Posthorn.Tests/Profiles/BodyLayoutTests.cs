using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Posthorn.Profiles;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Profiles;

public class BodyLayoutTests
{
    private static readonly BodyLayout Wrapped = new() { IdKey = "id", TypeKey = "type", TimeKey = "timestamp", DataKey = "data" };

    [Fact]
    public void The_data_of_a_body_is_what_it_was_composed_of()
    {
        var bodies =
            from keys in Some.Texts.Four().Where(keys => keys.Item1.Length > 0 && new[] { keys.Item1, keys.Item2, keys.Item3, keys.Item4 }.Distinct().Count() == 4)
            from values in Some.Texts.Three()
            from data in Some.Json
            from parts in Gen.Choose(0, 7)
            select (Layout: new BodyLayout { DataKey = keys.Item1, IdKey = Maybe(parts, 1, keys.Item2), TypeKey = Maybe(parts, 2, keys.Item3), TimeKey = Maybe(parts, 4, keys.Item4) }, values, data);

        Prop.ForAll(bodies.ToArbitrary(), body =>
        {
            var composed = body.Layout.Compose(body.values.Item1, body.values.Item2, body.values.Item3, Encoding.UTF8.GetBytes(body.data));
            return Encoding.UTF8.GetString(body.Layout.DataOf(composed).Span) == body.data;
        }).QuickCheckThrowOnFailure();

        static string? Maybe(int parts, int bit, string key) => (parts & bit) == 0 ? null : key;
    }

    [Fact]
    public void A_body_that_is_the_data_is_its_own_data() => BodyLayout.Data.DataOf("not even JSON"u8.ToArray()).ToArray().ShouldBe("not even JSON"u8.ToArray());

    [Fact]
    public void Data_as_deep_as_an_event_s_may_be_is_found()
    {
        var deep = Encoding.UTF8.GetBytes(new string('[', 63) + new string(']', 63));

        Wrapped.DataOf(Wrapped.Compose("i", "t", "now", deep)).ToArray().ShouldBe(deep);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[1]")]
    [InlineData("{")]
    [InlineData("""{"data":""")]
    [InlineData("""{"other":{"data":1}}""")]
    [InlineData("""{"Data":1}""")]
    [InlineData("""{"\ud800":1,"data":1}""")]
    [InlineData("not JSON")]
    public void Another_producer_s_bytes_have_no_data(string body) => Wrapped.DataOf(Encoding.UTF8.GetBytes(body)).IsEmpty.ShouldBeTrue();

    [Fact]
    public void The_body_is_JSON_whatever_stands_in_the_texts()
    {
        using var json = JsonDocument.Parse(Wrapped.Compose("i\"\\", "é\n", "😀", "1"u8.ToArray()));

        json.RootElement.EnumerateObject().Select(field => field.Value.ToString()).ShouldBe(["i\"\\", "é\n", "😀", "1"]);
    }
}
