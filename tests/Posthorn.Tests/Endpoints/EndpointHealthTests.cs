using System.Text.Json;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Queues;
using Posthorn.Retrying;
using Posthorn.Stores;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Endpoints;

/// <summary>What deliveries do to an endpoint, from the journal to the store.</summary>
public sealed class EndpointHealthTests : IAsyncLifetime
{
    private static readonly Verdict.Delivered Delivered = new();
    private static readonly Verdict.Retry Failed = new(Given.Now);
    private static readonly Verdict.DeadLetter Lost = new(DeadLetterReason.RetriesExhausted, "HTTP 500");
    private static readonly Verdict.DeadLetter Gone = new(DeadLetterReason.EndpointGone, "HTTP 410");
    private readonly Parts _parts = new();

    public async ValueTask InitializeAsync() => await _parts.StartAsync(_parts.Health);

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    [Fact]
    public async Task The_first_failure_is_since_when_it_fails_and_the_next_ones_do_not_change_that()
    {
        await _parts.WithAsync(Given.Endpoint());
        await NotedAsync(Failed);
        _parts.Endpoints["wh_1"].FailingSince.ShouldBe(Given.Now, "The attempt's time, not the writing's.");
        var (since, updates) = (_parts.Endpoints["wh_1"].FailingSince, _parts.Endpoints.Updates);

        _parts.Clock.Advance(TimeSpan.FromDays(4));
        for (var i = 0; i < 10; i++) await NotedAsync(Failed);

        (_parts.Endpoints["wh_1"].FailingSince, _parts.Endpoints["wh_1"].Status).ShouldBe((since, EndpointStatus.Active));
        _parts.Endpoints.Updates.ShouldBe(updates + 20, "Only the changes of the other endpoints, two each time, are written.");
    }

    [Fact]
    public async Task Five_days_of_nothing_but_failures_disable_it()
    {
        await _parts.WithAsync(Given.Endpoint(), Given.Endpoint("wh_ops", "endpoint.*"));
        await NotedAsync(Failed);
        _parts.Clock.Advance(TimeSpan.FromDays(5) - TimeSpan.FromMinutes(1));
        await NotedAsync(Failed);
        _parts.Endpoints["wh_1"].Status.ShouldBe(EndpointStatus.Active);

        _parts.Clock.Advance(TimeSpan.FromMinutes(1));
        await NotedAsync(Failed);

        var endpoint = _parts.Endpoints["wh_1"];
        (endpoint.Status, endpoint.DisabledReason, endpoint.HasSuffered).ShouldBe((EndpointStatus.Disabled, "every delivery failed for 5.00:00:00", true));
        endpoint.DisabledAt.ShouldNotBeNull();
        _parts.Directory.Find("wh_1").ShouldNotBeNull().Record.Status.ShouldBe(EndpointStatus.Disabled);
        Told().ShouldBe(["endpoint.disabled of wh_1: every delivery failed for 5.00:00:00"]);
    }

    [Fact]
    public async Task A_success_in_between_begins_afresh()
    {
        await _parts.WithAsync(Given.Endpoint());
        await NotedAsync(Failed);
        _parts.Clock.Advance(TimeSpan.FromDays(4));
        await NotedAsync(Delivered);
        _parts.Endpoints["wh_1"].FailingSince.ShouldBeNull();

        _parts.Clock.Advance(TimeSpan.FromDays(2));
        await NotedAsync(Failed);

        _parts.Endpoints["wh_1"].Status.ShouldBe(EndpointStatus.Active);
    }

    [Fact]
    public async Task Fault_33_a_410_disables_it_at_once()
    {
        await _parts.WithAsync(Given.Endpoint(), Given.Endpoint("wh_ops", "endpoint.disabled"));

        await NotedAsync(Gone);

        (_parts.Endpoints["wh_1"].Status, _parts.Endpoints["wh_1"].DisabledReason).ShouldBe((EndpointStatus.Disabled, "the receiver answered 410 Gone"));
        Told().ShouldBe(["endpoint.disabled of wh_1: the receiver answered 410 Gone"]);
    }

    [Fact]
    public async Task It_is_told_once_that_it_is_disabled()
    {
        await _parts.WithAsync(Given.Endpoint(), Given.Endpoint("wh_ops", "endpoint.*"));

        for (var i = 0; i < 3; i++) await NotedAsync(Gone);
        await NotedAsync(Lost);

        Told().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_lost_a_delivery_is_told_to_be_back_at_its_next_success()
    {
        await _parts.WithAsync(Given.Endpoint(), Given.Endpoint("wh_ops", "endpoint.*"));
        await NotedAsync(Lost);
        _parts.Endpoints["wh_1"].HasSuffered.ShouldBeTrue();

        await NotedAsync(Delivered);
        await NotedAsync(Delivered);

        (_parts.Endpoints["wh_1"].FailingSince, _parts.Endpoints["wh_1"].HasSuffered).ShouldBe((null, false));
        Told().ShouldBe(["endpoint.recovered of wh_1: "]);
    }

    [Fact]
    public async Task What_only_failed_for_a_while_is_not_told_to_be_back()
    {
        await _parts.WithAsync(Given.Endpoint(), Given.Endpoint("wh_ops", "endpoint.*"));
        await NotedAsync(Failed);

        await NotedAsync(Delivered);

        _parts.Endpoints["wh_1"].FailingSince.ShouldBeNull();
        Told().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("*")]
    [InlineData("thing.happened")]
    public async Task Who_did_not_subscribe_is_told_nothing(string events)
    {
        await _parts.WithAsync(Given.Endpoint(), Given.Endpoint("wh_ops", events));

        await NotedAsync(Gone);

        Told().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_never_attempted_says_nothing_of_the_endpoint()
    {
        await _parts.WithAsync(Given.Endpoint());

        await NotedAsync(Gone, isAttempted: false);
        await NotedAsync(Lost, isAttempted: false);

        (_parts.Endpoints["wh_1"].FailingSince, _parts.Endpoints["wh_1"].Status).ShouldBe((null, EndpointStatus.Active));
    }

    [Fact]
    public async Task A_test_says_nothing_of_the_endpoint()
    {
        await _parts.WithAsync(Given.Endpoint());

        await NotedAsync(Gone, isTest: true);

        (_parts.Endpoints["wh_1"].FailingSince, _parts.Endpoints["wh_1"].Status).ShouldBe((null, EndpointStatus.Active));
    }

    [Fact]
    public async Task A_store_that_is_away_is_tried_again_until_it_takes_the_news()
    {
        await _parts.WithAsync(Given.Endpoint());
        _parts.Endpoints.IsAway = true;
        await NoteAsync("wh_1", Gone);
        var before = _parts.Endpoints.Calls;
        await _parts.Clock.RunUntilAsync(() => _parts.Endpoints.Calls >= before + 3, step: TimeSpan.FromMilliseconds(100));

        _parts.Endpoints.IsAway = false;
        await _parts.Clock.RunUntilAsync(() => _parts.Endpoints["wh_1"].Status == EndpointStatus.Disabled, step: TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_loss_is_not_forgotten_when_a_failure_follows_before_it_is_written()
    {
        await _parts.WithAsync(Given.Endpoint());
        await WhileAwayAsync(Lost, Failed);

        _parts.Endpoints["wh_1"].HasSuffered.ShouldBeTrue();
    }

    [Fact]
    public async Task A_410_is_not_forgotten_whatever_follows_before_it_is_written()
    {
        await _parts.WithAsync(Given.Endpoint());
        await WhileAwayAsync(Gone, Lost, Failed, Delivered);

        _parts.Endpoints["wh_1"].Status.ShouldBe(EndpointStatus.Disabled);
    }

    [Fact]
    public async Task A_success_takes_a_failure_back_that_is_not_yet_written()
    {
        await _parts.WithAsync(Given.Endpoint());
        await WhileAwayAsync(Failed, Delivered);

        _parts.Endpoints["wh_1"].FailingSince.ShouldBeNull();
    }

    [Fact]
    public async Task Somebody_else_s_change_in_between_is_kept()
    {
        await _parts.WithAsync(Given.Endpoint());
        _parts.Endpoints.BeforeUpdate = change =>
        {
            if (change.Id != "wh_1") return;
            _parts.Endpoints.BeforeUpdate = null;
            _parts.Endpoints.Put(_parts.Endpoints["wh_1"] with { Description = "meanwhile" });
        };

        await NotedAsync(Gone);

        (_parts.Endpoints["wh_1"].Description, _parts.Endpoints["wh_1"].Status).ShouldBe(("meanwhile", EndpointStatus.Disabled));
    }

    [Fact]
    public async Task Fault_57_news_of_an_endpoint_that_is_deleted_meanwhile_is_dropped()
    {
        await _parts.WithAsync(Given.Endpoint());
        _parts.Endpoints.Put(Given.Endpoint(status: EndpointStatus.Deleted));

        await NotedAsync(Gone);

        _parts.Endpoints["wh_1"].Status.ShouldBe(EndpointStatus.Deleted);
    }

    private static FakeLease Lease(Envelope envelope) => new(EnvelopeProperties.Write(envelope, default));

    private async Task NoteAsync(string endpoint, Verdict verdict, bool isAttempted = true, bool isTest = false)
    {
        var envelope = EndpointEnvelope.Of(Given.Event(), Given.Endpoint(endpoint), Given.Profile("standard"), deadline: null) with { IsTest = isTest };
        var attempt = isAttempted ? new AttemptRecord { Number = 1, At = _parts.Clock.GetUtcNow(), DurationMs = 1 } : null;
        await _parts.Journal.NoteAsync(Lease(envelope), envelope, attempt, verdict);
    }

    /// <summary>Notes a verdict, and waits until the news is through: news of another endpoint, noted after it, is written then.</summary>
    private async Task NotedAsync(Verdict verdict, bool isAttempted = true, bool isTest = false)
    {
        await NoteAsync("wh_1", verdict, isAttempted, isTest);
        for (var i = 0; i < 2; i++) await BarrierAsync();
    }

    private async Task BarrierAsync()
    {
        var other = RandomIds.Make("wh_z", 10);
        await _parts.WithAsync(Given.Endpoint(other, "nothing"));
        await NoteAsync(other, Failed);
        await _parts.Clock.RunUntilAsync(() => _parts.Endpoints[other].FailingSince is not null, step: TimeSpan.FromMilliseconds(1));
    }

    private async Task WhileAwayAsync(params Verdict[] verdicts)
    {
        _parts.Endpoints.IsAway = true;
        foreach (var verdict in verdicts) await NoteAsync("wh_1", verdict);
        _parts.Endpoints.IsAway = false;
        await _parts.Clock.RunAsync(TimeSpan.FromSeconds(3), step: TimeSpan.FromMilliseconds(100));
        await BarrierAsync();
    }

    private List<string> Told() =>
    [
        .. _parts.Queue.Messages.Select(message =>
        {
            using var data = JsonDocument.Parse(message.Body);
            var reason = data.RootElement.TryGetProperty("reason", out var why) ? why.GetString() : "";
            return $"{EventProperties.Read(message, []).ShouldNotBeNull().Type} of {data.RootElement.GetProperty("endpoint_id")}: {reason}";
        }),
    ];
}
