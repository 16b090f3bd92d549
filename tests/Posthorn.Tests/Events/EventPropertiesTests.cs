using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Events;

public class EventPropertiesTests
{
    [Fact]
    public void An_event_comes_off_the_queue_as_it_went_on()
    {
        var events =
            from id in Some.Ids
            from type in Some.Types
            from labels in Some.Labels.Four()
            from isOperational in Gen.Elements(true, false)
            from data in Some.Json
            select new WebhookEvent
            {
                Id = id,
                Type = type,
                Tenant = labels.Item1,
                Subject = labels.Item2,
                Profile = labels.Item3,
                SentUpTo = labels.Item4,
                IsOperational = isOperational,
                Time = "2024-03-21T15:30:45.123+01:00",
                Data = Encoding.UTF8.GetBytes(data),
            };

        Prop.ForAll(events.ToArbitrary(), before =>
        {
            var message = EventProperties.Write(before, default);
            var errors = new List<EnvelopeError>();
            var after = EventProperties.Read(message, errors);
            return EventProperties.Describes(message) && !EnvelopeProperties.Describes(message) && errors.Count == 0 && after == before;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void An_envelope_is_no_event() =>
        EventProperties.Describes(Given.Read("""{"type":"t","data":1,"destination":{"url":"http://localhost/"}}""").Message.ShouldNotBeNull()).ShouldBeFalse();

    [Theory]
    [InlineData("event_version", "2", "$.event_version")]
    [InlineData("id", null, "$.id")]
    [InlineData("id", "a.b", "$.id")]
    [InlineData("type", null, "$.type")]
    [InlineData("type", "two words", "$.type")]
    [InlineData("time", null, "$.time")]
    [InlineData("time", "noon", "$.time")]
    public void Fault_43_a_property_that_is_wrong_is_named(string name, string? value, string path)
    {
        var message = EventProperties.Write(Given.Event(), default);
        var properties = message.Properties.ToDictionary(StringComparer.Ordinal);
        properties.Remove(name);
        if (value is not null) properties[name] = value;
        var errors = new List<EnvelopeError>();

        EventProperties.Read(message with { Properties = properties }, errors).ShouldBeNull();
        errors.ShouldHaveSingleItem().Path.ShouldBe(path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("1 2")]
    [InlineData("\u0000")]
    [InlineData("\"\\ud800\"")]
    [InlineData("1e999")]
    public void Faults_43_to_47_a_body_that_is_not_strict_JSON_is_told(string body)
    {
        var errors = new List<EnvelopeError>();

        EventProperties.Read(EventProperties.Write(Given.Event(), default) with { Body = Encoding.UTF8.GetBytes(body) }, errors).ShouldBeNull();
        errors.ShouldHaveSingleItem().Path.ShouldBe("$.data");
    }

    [Fact]
    public void Fault_50_a_body_beyond_the_size_is_too_large()
    {
        var errors = new List<EnvelopeError>();
        var body = Encoding.UTF8.GetBytes($"\"{new string('x', EnvelopeV1.MaxBytes)}\"");

        EventProperties.Read(EventProperties.Write(Given.Event(), default) with { Body = body }, errors).ShouldBeNull();
        errors.ShouldHaveSingleItem().Reason.ShouldBe(DeadLetterReason.PayloadTooLarge);
    }

    [Fact]
    public void What_is_wrong_deep_in_the_data_is_told_by_its_path()
    {
        var errors = new List<EnvelopeError>();

        EventProperties.Read(EventProperties.Write(Given.Event(data: """{"a":[1,{"b":1,"b":2}]}"""), default), errors).ShouldBeNull();
        errors.ShouldHaveSingleItem().Path.ShouldBe("$.data.a[1].b");
    }

    [Theory]
    [InlineData("evt_1.event", 0)]
    [InlineData("evt_1.event.1", 1)]
    [InlineData("evt_1.event.17", 17)]
    [InlineData("12.event", 0)]
    [InlineData("evt_1.event:r1", 0)]
    [InlineData("evt_1.event.2:r1", 2)]
    [InlineData("evt_1.event.2:0:3", 2)]
    public void The_step_is_read_from_the_message_s_id_whatever_a_replay_or_a_postponement_put_after_it(string messageId, int step) =>
        EventProperties.StepOf(EventProperties.Write(Given.Event(), default) with { MessageId = messageId }).ShouldBe(step);

    [Fact]
    public void Each_step_has_an_id_of_its_own_that_a_broker_takes()
    {
        var longest = Given.Event(id: new string('i', Envelope.MaxIdLength));
        var ids = Enumerable.Range(0, 200).Select(step => EventProperties.Write(longest, default, step).MessageId).ToList();

        ids.ShouldBeUnique();
        ids.ShouldAllBe(id => id.Length <= MessageIds.MaxLength);
    }
}
