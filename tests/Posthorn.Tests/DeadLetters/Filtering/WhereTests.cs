using System.Text;

namespace Posthorn.Tests.DeadLetters.Filtering;

public class WhereTests
{
    private const string Payload = """
        {"id":"e1","data":{"status":"failed","n":3,"big":12345678901234567890,"half":0.5,"yes":true,"no":false,"nil":null,"na me":1,"same":"failed",
         "list":[{"c":"a"},{"c":"b"}],"empty":[],"nums":[1,2,3],"o":{"x":1,"y":[2]},"größe":7,"a-b":1}}
        """;

    [Theory]
    [InlineData("data.status == \"failed\"", true)]
    [InlineData("data.status == 'failed'", true)]
    [InlineData("$.data.status==\"failed\"", true)]
    [InlineData("$[\"data\"]['status'] == \"failed\"", true)]
    [InlineData("[\"data\"].status == \"failed\"", true)]
    [InlineData("\"failed\" == data.status", true)]
    [InlineData("\"e1\" == id", true)]
    [InlineData("data.status != \"failed\"", false)]
    [InlineData("data.status == \"Failed\"", false)]
    [InlineData("data.status == \"f\\u0061iled\"", true)]
    [InlineData("data.status < \"g\"", true)]
    [InlineData("data.status > 1", false)]
    [InlineData("data.n == 3", true)]
    [InlineData("data.n == 3.0", true)]
    [InlineData("data.n == 30e-1", true)]
    [InlineData("data.n == \"3\"", false)]
    [InlineData("data.n != \"3\"", true)]
    [InlineData("data.n >= 3 && data.n <= 3", true)]
    [InlineData("data.n < 3 || data.n > 3", false)]
    [InlineData("3 <= data.n", true)]
    [InlineData("data.n > -1", true)]
    [InlineData("data.big > 12345678901234567889", true)]
    [InlineData("data.big < 1e300", true)]
    [InlineData("data.half > 4e-50", true)]
    [InlineData("data.yes == true", true)]
    [InlineData("data.yes", true)]
    [InlineData("data.no", false)]
    [InlineData("data.nil", false)]
    [InlineData("data.nil == null", true)]
    [InlineData("data.nil >= null", true)]
    [InlineData("data.nothing", false)]
    [InlineData("!data.nothing", true)]
    [InlineData("data.nothing == null", false)]
    [InlineData("data.nothing != null", true)]
    [InlineData("data.nothing != 1", true)]
    [InlineData("data.nothing < 1", false)]
    [InlineData("data.nothing == data.neither", true)]
    [InlineData("data.nothing <= data.neither", true)]
    [InlineData("data.status == data.same", true)]
    [InlineData("data.status == $.data.same", true)]
    [InlineData("data[\"na me\"] == 1", true)]
    [InlineData("data.größe == 7", true)]
    [InlineData("data.a-b == 1", true)]
    [InlineData("data.list[0].c == 'a'", true)]
    [InlineData("data.list[-1].c == 'b'", true)]
    [InlineData("data.list[2].c == 'b'", false)]
    [InlineData("data.list[-3].c == 'b'", false)]
    [InlineData("data.list[*].c == 'b'", true)]
    [InlineData("data.list[*].c == 'c'", false)]
    [InlineData("!(data.list[*].c == 'c')", true)]
    [InlineData("data.list[ * ].c != 'b'", true)]
    [InlineData("data.empty[*] == 1", false)]
    [InlineData("data.empty", true)]
    [InlineData("data.o[*] == 1", true)]
    [InlineData("data.n == data.nums[*]", true)]
    [InlineData("data.o == data.o", true)]
    [InlineData("$", true)]
    [InlineData("data.n == 1 || data.n == 2 && data.yes || data.n == 3", true)]
    [InlineData("(data.n == 3 || data.yes) && data.no", false)]
    [InlineData("data.n == 3 || data.yes && data.no", true)]
    [InlineData("!(data.n == 1)", true)]
    [InlineData("!!data.yes", true)]
    [InlineData("! ( data.no )\n || data.no", true)]
    public void An_expression_is_asked_of_an_event(string expression, bool isTaken) => Filters.TakesPayload(expression, Payload).ShouldBe(isTaken);

    [Theory]
    [InlineData("data.status == \"failed\"", """{"status":"failed"}""", true)]
    [InlineData("data.list[0]", """{"list":[1]}""", true)]
    [InlineData("data.status == \"failed\"", """{"data":{"status":"ok"},"status":"failed"}""", false)]
    [InlineData("data", "7", true)]
    [InlineData("data == 7", "7", true)]
    [InlineData("$ == 7", "7", true)]
    [InlineData("data[1] == 7", "[6,7]", true)]
    public void A_flat_payload_is_its_own_data(string expression, string payload, bool isTaken) => Filters.TakesPayload(expression, payload).ShouldBe(isTaken);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("not JSON")]
    [InlineData("{\"a\":1")]
    [InlineData("{\"a\":1}}")]
    [InlineData("{\"a\":1,\"a\":1}")]
    [InlineData("{\"a\":1,\"b\":{\"c\":1,\"c\":2}}")]
    [InlineData("{\"a\":1,\"\\ud800\":1}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("{\"a\":1} // comment")]
    public void What_is_no_JSON_fits_nothing(string payload)
    {
        Filters.TakesPayload("a == 1", payload).ShouldBeFalse();
        Filters.TakesPayload("!nothing", payload).ShouldBeFalse();
    }

    [Fact]
    public void What_is_no_UTF_8_fits_nothing() =>
        Filters.Of("where", "!nothing").MatchesPayload((byte[])[.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8]).ShouldBeFalse();

    [Theory]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"a":1e99999999999999}""")]
    [InlineData("""{"a":-1E-99999999999999}""")]
    public void A_value_that_cannot_be_read_fits_nothing(string payload)
    {
        foreach (var expression in new[] { "a == 'x'", "a < 'x'", "a == 1", "a <= 1", "a == 1e9999", "a > $.b" }) Should.NotThrow(() => Filters.TakesPayload(expression, payload));
        Filters.TakesPayload("a == 'x'", payload).ShouldBeFalse();
    }

    [Fact]
    public void A_payload_may_be_nested_as_deep_as_an_envelope_and_no_deeper()
    {
        static string Nested(int depth) => new string('[', depth) + new string(']', depth);

        Filters.TakesPayload("$", Nested(64)).ShouldBeTrue();
        Filters.TakesPayload("$", Nested(65)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("data.status = \"failed\"", "            ^", "== is expected in place of =")]
    [InlineData("data.status === 1", "            ^", "== is expected in place of ===")]
    [InlineData("data.status <> 1", "            ^", "!= is expected in place of <>")]
    [InlineData("data.status => 1", "            ^", ">= is expected in place of =>")]
    [InlineData("data.status == failed", "               ^", "a text needs quotes: \"failed\"")]
    [InlineData("data.host == example.com", "             ^", "a text needs quotes: \"example.com\"")]
    [InlineData("data.status == True", "               ^", "lower case")]
    [InlineData("data.status == [1]", "               ^", "a list is none")]
    [InlineData("data.status ==", "              ^", "a value is expected")]
    [InlineData("data.status == \"failed", "                      ^", "no end")]
    [InlineData("data.status == \"fai\nled\"", "                   ^", "write \\n")]
    [InlineData("data.status == \"\\x\"", "                ^", "no such escape")]
    [InlineData("data.status == \"\\ud800x\"", "                ^", "half a surrogate pair")]
    [InlineData("data.status == \"\\ud800\\u0041\"", "                ^", "half a surrogate pair")]
    [InlineData("data.status == \"\\u00g0\"", "                    ^", "four hexadecimal digits")]
    [InlineData("data.status == “failed”", "               ^", "straight quotes")]
    [InlineData("data.status & data.n", "            ^", "&& is expected in place of &")]
    [InlineData("data.status | data.n", "            ^", "|| is expected in place of |")]
    [InlineData("&", "^", "a path such as")]
    [InlineData("data.a and data.b", "       ^", "&& is expected")]
    [InlineData("data.a == 1 OR data.b", "            ^", "|| is expected")]
    [InlineData("data.a &&", "         ^", "a path such as")]
    [InlineData("(a == 1", "       ^", "a ) is missing")]
    [InlineData("(a == 1]", "       ^", "&&, || or the end")]
    [InlineData("a == 1)", "      ^", "no ( belongs")]
    [InlineData("()", " ^", "a path such as")]
    [InlineData("a == 1 == 2", "       ^", "before the next comparison")]
    [InlineData("!a == 1", "   ^", "needs parentheses")]
    [InlineData("!", " ^", "a path such as")]
    [InlineData("(a) == 1", "    ^", "&&, || or the end")]
    [InlineData("\"a\"", "   ^", "a comparison is expected")]
    [InlineData("\"a\" == \"b\"", "^", "one side must be a path")]
    [InlineData("1 == 1", "^", "one side must be a path")]
    [InlineData("a[*] == $.b[*]", "        ^", "only one side")]
    [InlineData("data.", "     ^", "a name is expected")]
    [InlineData("data..a", "     ^", "a name is expected")]
    [InlineData("data.*", "    ^", "[*] is expected in place of .*")]
    [InlineData("data[a]", "     ^", "an index, a name in quotes or *")]
    [InlineData("data[0", "      ^", "a ] is expected")]
    [InlineData("data[1234567890]", "     ^", "too large")]
    [InlineData("data[-]", "      ^", "an index")]
    [InlineData("@.a", "^", "begins with $")]
    [InlineData(".a", "^", "begins with a name")]
    [InlineData("$data", " ^", "a . is expected")]
    [InlineData("data.a == 007", "          ^", "begins with no 0")]
    [InlineData("data.a == 1.", "            ^", "a digit is expected")]
    [InlineData("data.a == -", "           ^", "a digit is expected")]
    [InlineData("data.a == 1e99999", "            ^", "exponent is too large")]
    [InlineData("data.at == 2026-03-21", "               ^", "a text needs quotes")]
    [InlineData("data.a == 503x", "             ^", "a number ends here")]
    [InlineData("data a", "     ^", "&&, || or the end")]
    [InlineData("data.日 = 1", "        ^", "== is expected")]
    [InlineData("  ", "  ^", "a path such as")]
    public void A_wrong_expression_is_told_with_its_place(string expression, string caret, string problem)
    {
        var wrong = Filters.Wrong("where", expression);
        wrong.Pointer.Split('\n')[1].ShouldBe(caret, wrong.Message);
        wrong.Problem.ShouldContain(problem);
    }

    [Fact]
    public void Nesting_is_bounded()
    {
        static string Nested(int depth) => new string('(', depth) + "a" + new string(')', depth);

        Should.NotThrow(() => Filters.Of("where", Nested(64)));
        Filters.Wrong("where", Nested(65)).Position.ShouldBe(65);
        Filters.Wrong("where", new string('!', 4000)).Problem.ShouldContain("64 deep");
    }

    [Fact]
    public void A_long_chain_is_no_nesting()
    {
        var chain = new StringBuilder("data.n == 1");
        while (chain.Length < 4000) chain.Append(" || data.n == 3 && a");
        Filters.TakesPayload(chain.ToString(), """{"n":3,"a":1}""").ShouldBeTrue();
    }
}
