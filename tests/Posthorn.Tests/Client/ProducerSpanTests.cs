using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Posthorn.Client;
using Posthorn.Client.Direct;

namespace Posthorn.Tests.Client;

public sealed class ProducerSpanTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;
    private readonly Activity _caller = new Activity("caller").Start();

    public ProducerSpanTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PosthornActivities.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    private Activity Span => _spans.Where(span => span.TraceId == _caller.TraceId).ShouldHaveSingleItem();

    public void Dispose()
    {
        _listener.Dispose();
        _caller.Dispose();
    }

    [Fact]
    public async Task A_call_is_one_producer_span_below_the_caller_s_however_often_it_is_tried()
    {
        var server = new FakeServer(number => number < 3 ? FakeServer.Problem(HttpStatusCode.ServiceUnavailable, "busy") : FakeServer.Accepted());

        await ClientFacts.Client(server).EnqueueAsync(ClientFacts.Envelope("evt_1"));

        Span.Kind.ShouldBe(ActivityKind.Producer);
        Span.ParentSpanId.ShouldBe(_caller.SpanId);
        Span.DisplayName.ShouldBe("enqueue notifications");
        Span.Status.ShouldBe(ActivityStatusCode.Unset);
        Span.TagObjects.ShouldBe(
            [
                new("messaging.system", "posthorn"), new("messaging.operation.name", "enqueue"), new("messaging.operation.type", "send"),
                new("messaging.destination.name", "notifications"), new("messaging.message.id", "evt_1"), new("server.address", "worker.test"), new("server.port", 80),
            ],
            ignoreOrder: true);
    }

    [Fact]
    public async Task A_batch_has_its_size()
    {
        await ClientFacts.Client(new FakeServer(_ => FakeServer.Accepted())).PublishAsync([ClientFacts.Event(), ClientFacts.Event()]);

        Span.DisplayName.ShouldBe("publish events");
        Span.GetTagItem("messaging.batch.message_count").ShouldBe(2);
        Span.GetTagItem("messaging.message.id").ShouldBeNull();
    }

    [Fact]
    public async Task A_failed_call_is_an_error()
    {
        var server = new FakeServer(_ => FakeServer.Problem(HttpStatusCode.Unauthorized, "no key"));

        await Should.ThrowAsync<PosthornRejectedException>(ClientFacts.Client(server).EnqueueAsync(ClientFacts.Envelope()));

        Span.Status.ShouldBe(ActivityStatusCode.Error);
        Span.GetTagItem("error.type").ShouldBe("401");
    }

    [Fact]
    public async Task Direct_mode_has_the_same_span()
    {
        using var http = new HttpMessageInvoker(new FakeServer(_ => new HttpResponseMessage(HttpStatusCode.OK)));
        using var direct = new DirectPosthornClient(new PosthornDirectOptions(), http, new ImpatientClock(TimeSpan.FromSeconds(15)), new Random(1));

        await direct.EnqueueAsync(ClientFacts.Envelope("evt_1") with { Profile = "papr-batch" });

        Span.DisplayName.ShouldBe("enqueue notifications");
        Span.GetTagItem("messaging.message.id").ShouldBe("evt_1");
    }
}
