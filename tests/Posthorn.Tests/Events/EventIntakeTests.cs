using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Events;

public class EventIntakeTests
{
    private static readonly EventIntake Intake = new(Given.Catalog(), new Schemas(), new FakeTimeProvider(Given.Now));

    public static TheoryData<string, string> Wrong { get; } = new()
    {
        { "", "$" },
        { "null", "$" },
        { "[1]", "$" },
        { """{"type":"t","data":1""", "$.data" },
        { """{"type":"t"}""", "$.data" },
        { """{"type":"t","data":null}""", "$.data" },
        { """{"data":1}""", "$.type" },
        { """{"type":"","data":1}""", "$.type" },
        { """{"type":"two words","data":1}""", "$.type" },
        { """{"type":"tüp","data":1}""", "$.type" },
        { $$"""{"type":"{{new string('t', 129)}}","data":1}""", "$.type" },
        { """{"type":7,"data":1}""", "$.type" },
        { """{"type":"endpoint.disabled","data":1}""", "$.type" },
        { """{"type":"endpoint.recovered","data":1}""", "$.type" },
        { """{"type":"delivery.dead_lettered","data":1}""", "$.type" },
        { """{"id":"","type":"t","data":1}""", "$.id" },
        { """{"id":"a.b","type":"t","data":1}""", "$.id" },
        { $$"""{"id":"{{new string('i', 101)}}","type":"t","data":1}""", "$.id" },
        { """{"tenant":"","type":"t","data":1}""", "$.tenant" },
        { """{"tenant":"a\nb","type":"t","data":1}""", "$.tenant" },
        { $$"""{"subject":"{{new string('s', 257)}}","type":"t","data":1}""", "$.subject" },
        { """{"subject":{},"type":"t","data":1}""", "$.subject" },
        { """{"time":"yesterday","type":"t","data":1}""", "$.time" },
        { """{"time":"2024-03-21T15:30:45","type":"t","data":1}""", "$.time" },
        { """{"profile":"nobody-s","type":"t","data":1}""", "$.profile" },
        { """{"destination":{},"type":"t","data":1}""", "$.destination" },
        { """{"type":"t","type":"t","data":1}""", "$.type" },
        { """{"type":"t","data":{"a":[1,{"b":1e999}]}}""", "$.data.a[1].b" },
        { """{"type":"t","data":{"a":1,"a":2}}""", "$.data.a" },
        { """{"type":"t","data":"\ud800"}""", "$.data" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Fault_43_what_is_wrong_is_told_by_its_path(string json, string path)
    {
        var (webhookEvent, result) = Read(json);

        (webhookEvent, result.Message).ShouldBe((null, null));
        result.Refusal.ShouldBe(IntakeRefusal.Malformed);
        result.Errors.Select(error => error.Path).Distinct().ShouldBe([path]);
    }

    [Fact]
    public void Everything_wrong_is_told_in_one_pass() =>
        Read("""{"id":"a.b","type":"","tenant":"","subject":"","time":"","profile":"x","more":1}""").Result.Errors.Select(error => error.Path).Distinct()
            .ShouldBe(["$.more", "$.id", "$.type", "$.tenant", "$.subject", "$.time", "$.profile", "$.data"], ignoreOrder: true);

    [Fact]
    public void Fault_50_an_event_beyond_the_size_is_too_large()
    {
        var result = Read($$"""{"type":"t","data":"{{new string('x', 1024 * 1024)}}"}""").Result;

        (result.Refusal, result.Errors.ShouldHaveSingleItem().Reason).ShouldBe((IntakeRefusal.TooLarge, DeadLetterReason.PayloadTooLarge));
    }

    [Fact]
    public void An_event_is_on_the_queue_as_it_was_said()
    {
        var (webhookEvent, result) = Read("""{"id":"evt_7","type":"job.completed","tenant":"a","subject":"s","time":"2024-01-01T00:00:00+02:00","profile":"proposal","data":{"b": [1]}}""");

        result.Errors.ShouldBeEmpty();
        result.Id.ShouldBe("evt_7");
        var message = result.Message.ShouldNotBeNull();
        message.MessageId.ShouldBe("evt_7.event");
        message.Body.ToArray().ShouldBe("""{"b": [1]}"""u8.ToArray());
        EventProperties.Read(message, []).ShouldNotBeNull().ShouldBe(webhookEvent.ShouldNotBeNull() with { HasOwnTime = false, Data = message.Body });
    }

    [Fact]
    public void What_is_left_out_is_made()
    {
        var (made, _) = Read("""{"type":"t","data":1}""");
        var webhookEvent = made.ShouldNotBeNull();

        Envelope.IsId(webhookEvent.Id).ShouldBeTrue();
        webhookEvent.Id.ShouldStartWith("evt_");
        webhookEvent.Time.ShouldBe("2024-03-21T15:30:45Z");
        webhookEvent.HasOwnTime.ShouldBeFalse();
        Read("""{"type":"t","data":1}""").Event.ShouldNotBeNull().Id.ShouldNotBe(webhookEvent.Id);
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(null, "a", "a")]
    [InlineData("a", null, "a")]
    [InlineData("a", "a", "a")]
    public void A_producer_s_tenant_is_the_event_s(string? scope, string? said, string? tenant) =>
        Read(Of(said), scope).Event.ShouldNotBeNull().Tenant.ShouldBe(tenant);

    [Theory]
    [InlineData("b")]
    [InlineData("A")]
    [InlineData("*")]
    [InlineData("")]
    public void A_producer_confined_to_a_tenant_may_not_name_another(string said)
    {
        var result = Read(Of(said), "a").Result;

        (result.Message, result.Refusal, result.Errors.ShouldHaveSingleItem().Path).ShouldBe((null, IntakeRefusal.Forbidden, "$.tenant"));
    }

    [Fact]
    public void Data_that_breaks_its_type_s_schema_is_a_refusal_of_its_own_kind()
    {
        var (webhookEvent, result) = Read($$$"""{"type":"{{{Schemas.Known}}}","data":{"amount":"much"}}""");

        (webhookEvent, result.Message, result.Refusal).ShouldBe((null, null, IntakeRefusal.BreaksSchema));
        result.Errors.ShouldHaveSingleItem().Path.ShouldBe("$.data.amount");
    }

    [Fact]
    public void An_event_that_is_malformed_is_not_held_against_the_schema() =>
        Read($$$"""{"id":"a.b","type":"{{{Schemas.Known}}}","data":{"amount":"much"}}""").Result.Refusal.ShouldBe(IntakeRefusal.Malformed);

    [Theory]
    [InlineData("""{"id":"e","type":"t","data":{"a":1}}""")]
    [InlineData("""{"data":{"a":1},"type":"t","id":"e"}""")]
    [InlineData("""{ "id" : "e", "type" : "t", "tenant": null, "data" : {"a":1} }""")]
    [InlineData("""{"id":"other","type":"t","data":{"a":1}}""")]
    public void Fault_52_the_same_said_again_has_the_same_fingerprint(string json) =>
        Fingerprint(json).ShouldBe(Fingerprint("""{"id":"e","type":"t","data":{"a":1}}"""));

    [Theory]
    [InlineData("""{"id":"e","type":"t","data":{"a":2}}""")]
    [InlineData("""{"id":"e","type":"t","data":{"a": 1}}""")]
    [InlineData("""{"id":"e","type":"u","data":{"a":1}}""")]
    [InlineData("""{"id":"e","type":"t","tenant":"a","data":{"a":1}}""")]
    [InlineData("""{"id":"e","type":"t","subject":"a","data":{"a":1}}""")]
    [InlineData("""{"id":"e","type":"t","profile":"proposal","data":{"a":1}}""")]
    [InlineData("""{"id":"e","type":"t","time":"2024-03-21T15:30:45Z","data":{"a":1}}""")]
    public void Fault_52_something_else_has_another_fingerprint(string json) =>
        Fingerprint(json).ShouldNotBe(Fingerprint("""{"id":"e","type":"t","data":{"a":1}}"""));

    [Fact]
    public void Fault_52_a_tenant_is_not_a_subject() =>
        Fingerprint("""{"type":"t","tenant":"a","data":1}""").ShouldNotBe(Fingerprint("""{"type":"t","subject":"a","data":1}"""));

    [Fact]
    public void Fault_47_no_truncation_of_an_event_makes_the_intake_throw()
    {
        var bytes = Encoding.UTF8.GetBytes("""{"id":"e","type":"t","tenant":"ä","time":"2024-03-21T15:30:45Z","data":{"a":["\u00e9😀",1.5e3,null]}}""");

        for (var length = 0; length < bytes.Length; length++) Intake.Read(bytes.AsMemory(0, length), tenant: null).Errors.ShouldNotBeEmpty();
    }

    private static string Of(string? tenant) => tenant is null ? """{"type":"t","data":1}""" : $$"""{"type":"t","data":1,"tenant":"{{tenant}}"}""";

    private static byte[] Fingerprint([StringSyntax(StringSyntaxAttribute.Json)] string json) => Read(json).Result.Message.ShouldNotBeNull().Fingerprint.ToArray();

    private static (WebhookEvent? Event, IntakeResult Result) Read([StringSyntax(StringSyntaxAttribute.Json)] string json, string? tenant = null)
    {
        var result = Intake.Read(Encoding.UTF8.GetBytes(json), tenant);
        return (result.Event, result);
    }

    /// <summary>One type has a schema, which no data satisfies.</summary>
    private sealed class Schemas : IEventValidator
    {
        public const string Known = "invoice.paid";

        public IReadOnlyList<EnvelopeError> Validate(string type, ReadOnlyMemory<byte> data) =>
            type == Known ? [new EnvelopeError("$.data.amount", "is a string; it is a number")] : [];
    }
}
