using System.Text;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Envelopes;

public class StrictJsonTests
{
    private const string Head = """{"type":"t","destination":{"url":"http://localhost/"},""";

    [Theory]
    [InlineData("", "$", "is empty")]
    [InlineData(" ", "$", "is not valid JSON")]
    [InlineData("null", "$", "is null; it is an object")]
    [InlineData("[]", "$", "is an array; it is an object")]
    [InlineData("\"text\"", "$", "is a string; it is an object")]
    [InlineData("1", "$", "is a number; it is an object")]
    [InlineData("true", "$", "is true or false; it is an object")]
    [InlineData("{", "$", "is not valid JSON at line 1")]
    [InlineData("{}{}", "$", "is not valid JSON at line 1")]
    [InlineData("{} x", "$", "is not valid JSON at line 1")]
    [InlineData("{\"a\":1,}", "$.a", "is not valid JSON at line 1")]
    [InlineData("{/* no */}", "$", "is not valid JSON at line 1")]
    [InlineData("{'a':1}", "$", "is not valid JSON at line 1")]
    public void Fault_43_what_is_no_JSON_object_is_refused_where_it_breaks(string json, string path, string detail)
    {
        var error = Given.Read(json).Errors.ShouldHaveSingleItem();

        error.Path.ShouldBe(path);
        error.Detail.ShouldStartWith(detail);
        error.Reason.ShouldBe(DeadLetterReason.MalformedEnvelope);
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("01")]
    [InlineData("+1")]
    [InlineData(".5")]
    public void Fault_45_what_is_no_JSON_number_is_refused(string number) =>
        Given.Read($"{Head}\"data\":{number}}}").Errors.ShouldHaveSingleItem().ToString().ShouldContain("is not valid JSON");

    [Theory]
    [InlineData("1e999")]
    [InlineData("-1e999")]
    public void Fault_45_a_number_beyond_a_double_is_refused_with_its_path(string number)
    {
        var error = Given.Read($$$"""{{{Head}}}"data":{"a":[1,{"b":{{{number}}}}]}}""").Errors.ShouldHaveSingleItem();

        error.Path.ShouldBe("$.data.a[1].b");
        error.Detail.ShouldBe("holds a number beyond the range of a double");
    }

    [Fact]
    public void Fault_46_depth_64_is_accepted() => Given.Read($"{Head}\"data\":{Nested(63)}}}").Errors.ShouldBeEmpty();

    [Fact]
    public void Fault_46_depth_65_is_refused()
    {
        var error = Given.Read($"{Head}\"data\":{Nested(64)}}}").Errors.ShouldHaveSingleItem();

        error.Detail.ShouldBe("is nested deeper than 64 levels");
        error.Path.ShouldStartWith("$.data[0][0]");
    }

    [Fact]
    public void Fault_46_a_hundred_thousand_levels_are_refused_without_a_crash() =>
        Given.Read(Nested(100_000)).Errors.ShouldHaveSingleItem().Detail.ShouldBe("is nested deeper than 64 levels");

    [Theory]
    [InlineData("""{"a":"\ud800"}""", "$.data.a")]
    [InlineData("""{"a":"\udc00 after"}""", "$.data.a")]
    [InlineData("""{"a":["x","\ud800\ud800"]}""", "$.data.a[1]")]
    public void Fault_47_half_a_surrogate_pair_in_a_value_is_refused(string data, string path)
    {
        var error = Given.Read($"{Head}\"data\":{data}}}").Errors.ShouldHaveSingleItem();

        error.Path.ShouldBe(path);
        error.Detail.ShouldContain("surrogate");
    }

    [Theory]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"a":{"b":[{"\udfff":1}]}}""")]
    public void Fault_47_half_a_surrogate_pair_in_a_name_is_refused(string data) =>
        Given.Read($"{Head}\"data\":{data}}}").Errors.ShouldContain(error => error.Detail.Contains("surrogate", StringComparison.Ordinal));

    [Fact]
    public void Fault_47_half_a_surrogate_pair_in_a_field_of_the_envelope_is_refused() =>
        Given.Read("""{"type":"\ud800","data":1,"destination":{"url":"http://localhost/","secret":"\udc00"}}""").Errors
            .Select(error => error.Path).Distinct(StringComparer.Ordinal).ShouldBe(["$.type", "$.destination.secret"], ignoreOrder: true);

    [Fact]
    public void A_whole_surrogate_pair_is_a_character() => Given.Read($$"""{{Head}}"data":"\ud83d\ude00"}""").Errors.ShouldBeEmpty();

    [Theory]
    [InlineData(0x80)]
    [InlineData(0xC0)]
    [InlineData(0xFF)]
    public void Fault_47_invalid_UTF_8_is_refused(byte bad)
    {
        var bytes = Encoding.UTF8.GetBytes($"{Head}\"data\":\"x\"}}");
        bytes[^3] = bad;

        Given.Intake().Read(bytes).Errors.ShouldHaveSingleItem().ToString().ShouldBe("$: is not valid UTF-8");
    }

    [Fact]
    public void Fault_47_a_surrogate_encoded_as_UTF_8_is_refused()
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes($"{Head}\"data\":\""), 0xED, 0xA0, 0x80, (byte)'"', (byte)'}'];

        Given.Intake().Read(bytes).Errors.ShouldHaveSingleItem().ToString().ShouldBe("$: is not valid UTF-8");
    }

    [Theory]
    [InlineData("""{"type":"t","type":"t","data":1,"destination":{"url":"http://localhost/"}}""", "$.type")]
    [InlineData("""{"type":"t","data":1,"destination":{"url":"http://localhost/","url":"http://localhost/"}}""", "$.destination.url")]
    [InlineData("""{"type":"t","data":{"a":[0,{"b":1,"b":2}]},"destination":{"url":"http://localhost/"}}""", "$.data.a[1].b")]
    [InlineData("""{"type":"t","data":{"a":1,"\u0061":2},"destination":{"url":"http://localhost/"}}""", "$.data.a")]
    [InlineData("""{"type":"t","data":{"a b":1,"a b":2},"destination":{"url":"http://localhost/"}}""", "$.data['a b']")]
    public void Fault_48_a_key_that_occurs_twice_is_refused_at_any_depth(string json, string path)
    {
        var error = Given.Read(json).Errors.ShouldHaveSingleItem();

        error.Path.ShouldBe(path);
        error.Detail.ShouldBe("occurs twice in one object");
    }

    [Fact]
    public void Keys_of_different_objects_may_be_the_same() => Given.Read($$$"""{{{Head}}}"data":[{"a":{"a":1}},{"a":2}]}""").Errors.ShouldBeEmpty();

    [Fact]
    public void Keys_that_differ_by_case_are_different_keys_of_the_data() => Given.Read($$$"""{{{Head}}}"data":{"a":1,"A":2}}""").Errors.ShouldBeEmpty();

    [Fact]
    public void A_byte_order_mark_before_the_envelope_is_passed_over() => Given.Read($"\uFEFF{Head}\"data\":1}}").Errors.ShouldBeEmpty();

    [Fact]
    public void A_second_byte_order_mark_is_refused() => Given.Read($"\uFEFF\uFEFF{Head}\"data\":1}}").Errors.ShouldHaveSingleItem().Path.ShouldBe("$");

    private static string Nested(int levels) => new string('[', levels) + new string(']', levels);
}
