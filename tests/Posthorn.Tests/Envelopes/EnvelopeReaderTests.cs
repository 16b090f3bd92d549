using System.Text;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Envelopes;

public class EnvelopeReaderTests
{
    private readonly EnvelopeReader _reader = new(Given.Builder());

    [Fact]
    public void What_the_intake_wrote_is_read_as_it_was_accepted()
    {
        var message = Given.Read("""
            {"id":"evt_1","type":"job.created","profile":"proposal","tenant":"t","subject":"s","time":"2024-03-21T15:00:00Z","ordering_key":"k",
             "destination":{"url":"http://localhost/","secret":"shh","headers":{"X-A":"1"}},"data":{"job_id":"j"}}
            """).Message.ShouldNotBeNull();

        _reader.TryRead(message, Given.Now, out var envelope, out _).ShouldBeTrue();

        envelope.ShouldNotBeNull();
        (envelope.Id, envelope.Type, envelope.Tenant, envelope.Subject, envelope.OrderingKey).ShouldBe(("evt_1", "job.created", "t", "s", "k"));
        envelope.ExpiresAt.ShouldBe(new DateTimeOffset(2024, 3, 22, 15, 0, 0, TimeSpan.Zero));
        envelope.Body.ToArray().ShouldBe(message.Body.ToArray());
        var credentials = Given.CredentialsOf(envelope);
        credentials.Secrets.ShouldHaveSingleItem().Reveal().ShouldBe("shh");
        credentials.Headers["X-A"].ShouldBe("1");
    }

    [Fact]
    public void No_secret_and_no_header_lies_on_the_queue_in_clear()
    {
        var message = Given.Read("""
            {"type":"t","profile":"papr-batch","data":1,"destination":{"url":"http://localhost/","secret":"clear-secret","bearer_token":"clear-token","headers":{"X-A":"clear-header"}}}
            """).Message.ShouldNotBeNull();

        var all = string.Join('\n', message.Properties.Select(pair => $"{pair.Key}={pair.Value}")) + Encoding.UTF8.GetString(message.Body.Span);
        all.ShouldNotContain("clear-");
    }

    [Fact]
    public void A_plain_envelope_as_the_body_is_accepted_too()
    {
        var message = Plain("""{"type":"t","data":{"a":1},"destination":{"url":"http://localhost/"}}""");

        _reader.TryRead(message, Given.Now, out var envelope, out _).ShouldBeTrue();

        envelope.ShouldNotBeNull().Id.ShouldBe("msg-1");
        Encoding.UTF8.GetString(envelope.Body.Span).ShouldBe("""{"a":1}""");
    }

    [Fact]
    public void A_message_id_that_is_no_envelope_id_becomes_one_that_stays_the_same()
    {
        var message = Plain("""{"type":"t","data":1,"destination":{"url":"http://localhost/"}}""") with { MessageId = "a.b/c" };

        _reader.TryRead(message, Given.Now, out var first, out _).ShouldBeTrue();
        _reader.TryRead(message, Given.Now, out var second, out _).ShouldBeTrue();

        first.ShouldNotBeNull().Id.ShouldStartWith("msg_");
        Envelope.IsId(first.Id).ShouldBeTrue();
        second.ShouldNotBeNull().Id.ShouldBe(first.Id);
    }

    [Theory]
    [InlineData("", "MalformedEnvelope")]
    [InlineData("null", "MalformedEnvelope")]
    [InlineData("""{"type":"t","data":1,"profile":"nobody","destination":{"url":"http://localhost/"}}""", "UnknownProfile")]
    [InlineData("""{"type":"t","data":1,"destination":{"url":"ftp://localhost/"}}""", "InvalidDestination")]
    [InlineData("""{"type":"t","data":1,"destination":{"url":"http://169.254.169.254/"}}""", "BlockedAddress")]
    [InlineData("""{"type":"t","data":1,"destination":{"url":"http://localhost/","headers":{"Host":"x"}}}""", "InvalidHeader")]
    public void Faults_43_44_49_a_message_that_is_no_envelope_says_what_to_dead_letter_it_for(string json, string reason)
    {
        _reader.TryRead(Plain(json), Given.Now, out var envelope, out var errors).ShouldBeFalse();

        envelope.ShouldBeNull();
        errors.ShouldHaveSingleItem().Reason.Name.ShouldBe(reason);
    }

    [Fact]
    public void Fault_50_a_body_over_one_mebibyte_is_too_large()
    {
        var message = Described() with { Body = new byte[EnvelopeV1.MaxBytes + Posthorn.Profiles.BodyLayout.MaxWrapping + 1] };

        _reader.TryRead(message, Given.Now, out _, out var errors).ShouldBeFalse();

        errors.ShouldHaveSingleItem().Reason.ShouldBe(DeadLetterReason.PayloadTooLarge);
    }

    [Theory]
    [InlineData("envelope_version", "2", "MalformedEnvelope")]
    [InlineData("type", "", "MalformedEnvelope")]
    [InlineData("id", "a.b", "MalformedEnvelope")]
    [InlineData("profile", "nobody", "UnknownProfile")]
    [InlineData("time", "now", "MalformedEnvelope")]
    [InlineData("expires_at", "", "MalformedEnvelope")]
    [InlineData("url", "", "InvalidDestination")]
    [InlineData("url", "javascript:alert(1)", "InvalidDestination")]
    [InlineData("secret_ref", "nowhere", "MalformedEnvelope")]
    [InlineData("headers", "[]", "InvalidHeader")]
    [InlineData("headers", "{\"X-A\":1}", "InvalidHeader")]
    [InlineData("headers", "{\"X-A\":\"\\ud800\"}", "InvalidHeader")]
    [InlineData("headers", "{\"X-A\":\"a\\r\\nEvil: 1\"}", "InvalidHeader")]
    public void Fault_43_a_wrong_property_is_named(string property, string value, string reason)
    {
        var message = Described();
        message = message with { Properties = new Dictionary<string, string>(message.Properties) { [property] = value } };

        _reader.TryRead(message, Given.Now, out _, out var errors).ShouldBeFalse();

        errors.ShouldHaveSingleItem().Reason.Name.ShouldBe(reason);
    }

    [Fact]
    public void Headers_may_ride_in_clear_for_producers_that_cannot_seal()
    {
        var message = Described();
        message = message with { Properties = new Dictionary<string, string>(message.Properties) { ["headers"] = """{"X-A":"1"}""" } };

        _reader.TryRead(message, Given.Now, out var envelope, out _).ShouldBeTrue();

        Given.CredentialsOf(envelope.ShouldNotBeNull()).Headers["X-A"].ShouldBe("1");
    }

    private static QueueMessage Plain(string json) => new() { MessageId = "msg-1", Body = Encoding.UTF8.GetBytes(json) };

    private static QueueMessage Described() => new()
    {
        MessageId = "msg-1",
        Body = "{}"u8.ToArray(),
        Properties = new Dictionary<string, string>(StringComparer.Ordinal) { ["type"] = "t", ["url"] = "http://localhost/" },
    };
}
