using System.Text;
using Posthorn.Events;
using Posthorn.History;
using Posthorn.Profiles;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Events;

public class EventDataTests
{
    private static readonly Profile Profile = BuiltInProfiles.Standard with { Entity = ["job_id", "context.path"] };

    /// <summary>What only somebody who writes on the queue himself can send: the API refuses some of it.</summary>
    public static TheoryData<string> Hostile { get; } =
    [
        "", "null", "[]", "\"text\"", "1", "{", "not JSON", "{}",
        """{"job_id":null}""", """{"job_id":{}}""", """{"job_id":[1]}""", """{"job_id":true}""", """{"job_id":""}""",
        """{"job_id":"\ud800"}""", """{"\ud800":1,"job_id":"\udc00"}""", """{"\ud800":1}""", """{"context":{"\udfff":{}}}""",
        """{"context":1}""", """{"context":{}}""", """{"context":{"path":[]}}""", """{"context.path":{}}""",
        $$"""{"job_id":"{{new string('x', 513)}}"}""", $$"""{"job_id":1{{new string('0', 600)}}}""",
        new string('[', 5_000) + new string(']', 5_000),
    ];

    [Theory]
    [InlineData("""{"job_id":"j1"}""", "j1")]
    [InlineData("""{"job_id":124}""", "124")]
    [InlineData("""{"job_id":null,"context":{"path":"/a"}}""", "/a")]
    [InlineData("""{"job_id":"","context":{"path":"/a"}}""", "/a")]
    [InlineData("""{"context":{"path":"/a"},"job_id":"j1"}""", "j1")]
    [InlineData("""{"job_id":"\u00e9"}""", "é")]
    public void The_entity_is_the_first_that_is_there(string data, string entity) => EventData.Entity(Profile, Encoding.UTF8.GetBytes(data)).ShouldBe(entity);

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_data_has_no_entity_and_throws_nothing(string data) => EventData.Entity(Profile, Encoding.UTF8.GetBytes(data)).ShouldBeNull();

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_data_has_no_progress_and_throws_nothing(string data) => EventData.Number(Encoding.UTF8.GetBytes(data), "context.path").ShouldBeNull();

    [Fact]
    public void Bytes_that_are_no_text_have_no_entity_and_throw_nothing()
    {
        byte[] data = [.. "{\"job_id\":\""u8, 0xFF, 0xFE, .. "\"}"u8];

        EventData.Entity(Profile, data).ShouldBeNull();
        EventData.Number(data, "job_id").ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"a":{"b":0.5}}""", 0.5)]
    [InlineData("""{"a":{"b":-3e2}}""", -300.0)]
    [InlineData("""{"a":{"b":"0.5"}}""", null)]
    [InlineData("""{"a":{"b":null}}""", null)]
    [InlineData("""{"a":0.5}""", null)]
    public void A_number_is_found_by_its_path(string data, double? number) => EventData.Number(Encoding.UTF8.GetBytes(data), "a.b").ShouldBe(number);

    [Fact]
    public void A_profile_that_follows_nothing_finds_nothing() => EventData.Entity(BuiltInProfiles.Standard, """{"job_id":"j"}"""u8.ToArray()).ShouldBeNull();

    [Fact]
    public void The_status_of_a_large_event_keeps_its_small_fields()
    {
        var data = $$"""{"job_id":"j1","status":"done","blob":"{{new string('x', 70_000)}}"}""";

        var status = new StatusProjection(Given.Catalog()).Of(Given.Event("job.completed", data), Given.Now).ShouldNotBeNull();

        Encoding.UTF8.GetString(status.Data.Span).ShouldBe("""{"job_id":"j1","status":"done"}""");
    }

    [Fact]
    public void The_name_of_a_stream_is_bounded_and_different_entities_have_different_ones()
    {
        var (a, b) = (new string('x', 512), new string('x', 511) + "y");
        var keys = new[] { a, b, "short" }.Select(entity => EndpointEnvelope.StreamKey("wh_" + new string('w', 24), new string('t', 128), entity)).ToList();

        keys.ShouldBeUnique();
        keys.ShouldAllBe(key => key.Length <= 500);
    }
}
