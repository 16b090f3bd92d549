using System.Diagnostics;
using Posthorn.Amqp;
using Posthorn.Amqp.Performatives;
using Posthorn.Amqp.Types;
using Posthorn.Tests.Amqp.Support;

namespace Posthorn.Tests.Amqp.Types;

/// <summary>Bytes that claim to be more than they are.</summary>
public class HostileValueTests
{
    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00 53")]
    [InlineData("00 40 40")]
    [InlineData("70 00 00")]
    [InlineData("a1 05 61")]
    [InlineData("a1 01 ff")]
    [InlineData("a3 01 80")]
    [InlineData("b0 ff ff ff ff 00")]
    [InlineData("b0 7f ff ff ff 00")]
    [InlineData("c0 00")]
    [InlineData("c0 01 02")]
    [InlineData("c0 03 01 41 42")]
    [InlineData("c1 02 01 41")]
    [InlineData("c1 05 04 41 41 41 41")]
    [InlineData("c1 03 02 40 41")]
    [InlineData("d0 ff ff ff ff ff ff ff ff")]
    [InlineData("e0 01 00")]
    [InlineData("e0 02 01 70")]
    [InlineData("e0 02 01 ff")]
    [InlineData("73 00 00 d8 00")]
    [InlineData("56 02")]
    [InlineData("3f")]
    public void Bytes_that_hold_no_value_are_a_decode_error(string hex)
    {
        var bytes = Encoded.Hex(hex);

        Should.Throw<AmqpException>(() => Encoded.Value(bytes)).Error.Condition.Value.ShouldBe(ErrorCondition.DecodeError);
    }

    [Theory]
    [InlineData("c1 05 04 41 41 41 41", true)]
    [InlineData("c1 03 02 40 41", true)]
    [InlineData("a1 01 ff", false)]
    [InlineData("c0 03 01 41 42", false)]
    [InlineData("73 00 00 d8 00", false)]
    public void Skipping_sees_what_reading_sees_except_what_keys_are(string hex, bool isAboutKeys)
    {
        var bytes = Encoded.Hex(hex);
        var skip = () =>
        {
            var reader = new AmqpReader(bytes, new());
            reader.Skip();
        };

        if (isAboutKeys) skip.ShouldNotThrow();
        else skip.ShouldThrow<AmqpException>();
    }

    [Fact]
    public void An_array_of_four_billion_nothings_takes_no_memory()
    {
        var bytes = Encoded.Hex("f0 00 00 00 05 ff ff ff ff 40");
        var before = GC.GetAllocatedBytesForCurrentThread();

        Should.Throw<AmqpException>(() => Encoded.Value(bytes));

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(100_000);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("c0 7f 01")]
    public void Endless_nesting_is_refused_before_the_stack_ends(string opening)
    {
        var bytes = Enumerable.Repeat(Encoded.Hex(opening), 100_000).SelectMany(part => part).ToArray();

        Should.Throw<AmqpException>(() => Encoded.Value(bytes));
    }

    [Fact]
    public void An_array_of_arrays_of_nothing_is_bounded_by_the_number_of_elements()
    {
        var limits = new AmqpLimits { MaxElements = 100 };
        var bytes = Encoded.Of(writer => writer.List([.. Enumerable.Repeat((object?)true, 101)]));

        Should.Throw<AmqpException>(() => Encoded.Value(bytes, limits)).Error.Condition.Value.ShouldBe(ErrorCondition.ResourceLimitExceeded);
    }

    [Fact]
    public void Keys_made_to_collide_cost_little_time()
    {
        var map = new AmqpMap();
        for (var at = 0ul; at < 1_024; at++) map.Add((at << 32) | at, null); // All of them have the hash code 0.
        var bytes = Encoded.Of(writer => writer.Map(map));
        var watch = Stopwatch.StartNew();

        Encoded.Value(bytes).ShouldBeOfType<AmqpMap>().Count.ShouldBe(1_024);

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_map_with_too_many_pairs_is_refused()
    {
        var map = new AmqpMap();
        for (var at = 0; at < 1_025; at++) map.Add(at, null);
        var bytes = Encoded.Of(writer => writer.Map(map));

        Should.Throw<AmqpException>(() => Encoded.Value(bytes));
    }
}
