using Posthorn.Amqp;
using Posthorn.Amqp.Messages;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Messages;

public class AmqpMessageTests
{
    [Fact]
    public void Every_section_comes_back_as_it_was_built()
    {
        using var builder = new MessageBuilder();
        var encoded = builder
            .Header(new() { Durable = true, Priority = 7, TimeToLive = 1_000, DeliveryCount = 2 })
            .DeliveryAnnotations(new() { { new Symbol("x-d"), 1 } })
            .MessageAnnotations(new() { { new Symbol("x-opt-sequence-number"), 42L } })
            .Properties(new() { MessageId = "id", ReplyTo = "me", ContentType = "application/json", AbsoluteExpiryTime = new(5), GroupId = "g" })
            .ApplicationProperties(new() { { "type", "t" } })
            .Data("body"u8)
            .Footer(new() { { new Symbol("x-f"), true } })
            .Encoded.ToArray();

        var message = AmqpMessage.Read(encoded, new());

        message.Header.ShouldBe(new MessageHeader { Durable = true, Priority = 7, TimeToLive = 1_000, DeliveryCount = 2 });
        message.DeliveryAnnotations.ShouldNotBeNull()[new Symbol("x-d")].ShouldBe(1);
        message.MessageAnnotations.ShouldNotBeNull()[new Symbol("x-opt-sequence-number")].ShouldBe(42L);
        message.Properties.ShouldBe(new MessageProperties { MessageId = "id", ReplyTo = "me", ContentType = "application/json", AbsoluteExpiryTime = new(5), GroupId = "g" });
        message.ApplicationProperties.ShouldNotBeNull()["type"].ShouldBe("t");
        message.Data.ShouldHaveSingleItem().ToArray().ShouldBe("body"u8.ToArray());
        message.Footer.ShouldNotBeNull()[new Symbol("x-f")].ShouldBe(true);
    }

    [Fact]
    public void The_bare_message_is_passed_on_without_encoding_it_anew()
    {
        using var first = new MessageBuilder();
        var came = AmqpMessage.Read(first.Header(new()).Properties(new() { MessageId = 1ul }).Data("a"u8).Footer(new() { { new Symbol("f"), 1 } }).Encoded.ToArray(), new());
        using var second = new MessageBuilder();

        var sent = AmqpMessage.Read(second.Header(new() { DeliveryCount = 1 }).Bare(came.Bare.Span).Encoded.ToArray(), new());

        sent.Bare.ToArray().ShouldBe(came.Bare.ToArray());
        sent.Header.ShouldNotBeNull().DeliveryCount.ShouldBe(1u);
        sent.Footer.ShouldBeNull();
    }

    [Fact]
    public void Several_data_sections_stay_several()
    {
        using var builder = new MessageBuilder();
        var message = AmqpMessage.Read(builder.Data("one"u8).Data("two"u8).Data(new byte[1_000]).Encoded.ToArray(), new());

        message.Data.Select(data => data.Length).ShouldBe([3, 3, 1_000]);
    }

    [Fact]
    public void A_body_may_be_a_value_or_sequences()
    {
        using var builder = new MessageBuilder();
        AmqpMessage.Read(builder.Value(new AmqpMap { { "a", 1 } }).Encoded.ToArray(), new()).ReadValue().ShouldBeOfType<AmqpMap>()["a"].ShouldBe(1);
        builder.Clear();
        AmqpMessage.Read(builder.Sequence([1]).Sequence([2, 3]).Encoded.ToArray(), new()).ReadSequences().Count.ShouldBe(2);
    }

    [Theory]
    [InlineData("00 53 74 c1 01 00 00 53 73 45")]
    [InlineData("00 53 70 45 00 53 70 45")]
    [InlineData("00 53 75 a0 00 00 53 77 40")]
    [InlineData("00 53 77 40 00 53 77 40")]
    [InlineData("00 53 24 45")]
    [InlineData("00 53 75 a1 00")]
    [InlineData("41")]
    [InlineData("00 53 73 c0 02 01 41")]
    [InlineData("00 53 72 40")]
    public void Sections_that_make_no_message_are_a_decode_error(string hex) =>
        Should.Throw<AmqpException>(() => AmqpMessage.Read(Encoded.Hex(hex), new()));

    [Fact]
    public void A_builder_refuses_sections_out_of_order()
    {
        using var builder = new MessageBuilder();
        builder.Data("x"u8);
        Should.Throw<InvalidOperationException>(() => builder.Properties(new()));
    }
}
