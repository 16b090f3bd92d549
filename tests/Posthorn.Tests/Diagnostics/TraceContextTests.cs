using System.Diagnostics;
using Posthorn.Diagnostics;
using Posthorn.Queues;

namespace Posthorn.Tests.Diagnostics;

public sealed class TraceContextTests
{
    private const string Parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Theory]
    [InlineData("traceparent")]
    [InlineData("Diagnostic-Id")]
    public void A_message_has_its_producer_s_context_by_either_name(string name)
    {
        var context = TraceContext.Of(With((name, Parent), ("tracestate", "vendor=1"))).ShouldNotBeNull();

        (TraceContext.Text(context), context.TraceState, context.IsRemote).ShouldBe((Parent, "vendor=1", true));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-zz")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("|legacy.1.2.")]
    [InlineData("00-\u0660af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01\r\nX: y")]
    public void What_is_no_traceparent_is_none(string text) => TraceContext.Of(With(("traceparent", text))).ShouldBeNull();

    [Theory]
    [InlineData("a=1\r\nX-Evil: 1")]
    [InlineData("ü=1")]
    public void A_tracestate_that_no_header_can_carry_is_left_out(string state) =>
        TraceContext.Of(With(("traceparent", Parent), ("tracestate", state))).ShouldNotBeNull().TraceState.ShouldBeNull();

    [Fact]
    public void A_tracestate_beyond_its_bounds_is_left_out() =>
        TraceContext.Of(With(("traceparent", Parent), ("tracestate", "a=" + new string('1', 600)))).ShouldNotBeNull().TraceState.ShouldBeNull();

    [Fact]
    public void What_a_producer_gave_its_message_stays()
    {
        var message = With(("traceparent", Parent));

        TraceContext.Onto(message, Context()).ShouldBeSameAs(message);
        TraceContext.Of(TraceContext.Onto(With(("traceparent", "nonsense"), ("tracestate", "of=nonsense")), Context())).ShouldNotBeNull().TraceState.ShouldBeNull();
    }

    [Fact]
    public void The_context_of_a_request_that_nobody_listens_to_is_the_one_it_came_with()
    {
        using var request = new Activity("request").SetParentId(Parent).Start();
        TraceContext.Text(TraceContext.OfCaller().ShouldNotBeNull()).ShouldBe(Parent);
    }

    [Fact]
    public void A_request_without_one_has_none()
    {
        using var request = new Activity("request").Start();
        TraceContext.OfCaller().ShouldBeNull();
    }

    private static ActivityContext Context() => new(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded);

    private static QueueMessage With(params (string Name, string Value)[] properties) =>
        new() { MessageId = "m", Body = default, Properties = properties.ToDictionary(property => property.Name, property => property.Value) };
}
