using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Posthorn.Client;
using Posthorn.Client.Direct;
using Posthorn.Signing;

namespace Posthorn.EndToEndTests;

public sealed class ClientTests : IAsyncLifetime
{
    // Base64 of 24 bytes for the standard profile, and as good a text as any for papr-batch.
    private const string Secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private readonly Harness _harness = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task What_is_enqueued_is_delivered()
    {
        await using var receiver = await Receiver.StartAsync();
        await _harness.StartWorkerAsync();
        await using var services = Services();
        var client = services.GetRequiredService<IPosthornClient>();

        var id = await client.EnqueueAsync(To(receiver.Url()));
        var ids = await client.EnqueueAsync([To(receiver.Url()), To(receiver.Url())]);

        await Harness.UntilAsync(() => receiver.Count == 3, "three deliveries", _harness.DescribeProcesses);
        receiver.Ids.ShouldBe([id, .. ids], ignoreOrder: true);
        receiver.Requests.ShouldAllBe(request => request.Text == """{ "n" : 1.0 }""");
    }

    [Fact]
    public async Task A_worker_in_production_wants_the_key()
    {
        const string Key = "an-api-key";
        _harness.Environment["DOTNET_ENVIRONMENT"] = "Production";
        await _harness.StartWorkerAsync($"--api:keys:0=sha256:{Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Key)))}");
        await using var keyless = Services();
        await using var withKey = Services(posthorn => posthorn.ApiKey = Key);
        var envelope = To(new Uri("https://example.invalid/hook")) with { DeliverAfter = DateTimeOffset.UtcNow.AddDays(1) };

        var rejected = await Should.ThrowAsync<PosthornRejectedException>(keyless.GetRequiredService<IPosthornClient>().EnqueueAsync(envelope));
        await withKey.GetRequiredService<IPosthornClient>().EnqueueAsync(envelope);

        rejected.Status.ShouldBe(HttpStatusCode.Unauthorized);
        rejected.Detail.ShouldContain("API keys");
    }

    [Fact]
    public async Task A_rejected_envelope_names_its_faults_and_nothing_of_its_list_is_accepted()
    {
        await using var receiver = await Receiver.StartAsync();
        await _harness.StartWorkerAsync();
        await using var services = Services();
        var faulty = To(new Uri("ftp://example.com/hook")) with { Id = "not an id", Profile = "nobody" };

        var rejected = await Should.ThrowAsync<PosthornRejectedException>(
            services.GetRequiredService<IPosthornClient>().EnqueueAsync([To(receiver.Url()), faulty]));

        rejected.Status.ShouldBe(HttpStatusCode.BadRequest);
        rejected.Faults.Select(fault => fault.Path).ShouldBe(["$[1].id", "$[1].profile", "$[1].destination.url"], ignoreOrder: true);
        (await _harness.QueueCountsAsync()).GetProperty("active").GetInt64().ShouldBe(0);
        receiver.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_worker_that_is_down_and_comes_up_gets_it_once_under_the_same_id()
    {
        await using var receiver = await Receiver.StartAsync();
        using var wire = new LossyWire();
        await using var services = Services(posthorn => posthorn.MaxRetries = 10, wire);

        var enqueuing = services.GetRequiredService<IPosthornClient>().EnqueueAsync(To(receiver.Url()));
        await Harness.UntilAsync(() => wire.Refused > 0, "nobody is there");
        await _harness.StartWorkerAsync();
        var id = await enqueuing;

        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.ShouldBe([id]);
    }

    [Fact]
    public async Task An_answer_that_is_lost_is_asked_for_again_and_the_envelope_is_delivered_once()
    {
        await using var receiver = await Receiver.StartAsync();
        await _harness.StartWorkerAsync();
        using var wire = new LossyWire { AnswersToLose = 1 };
        await using var services = Services(wire: wire);

        var id = await services.GetRequiredService<IPosthornClient>().EnqueueAsync(To(receiver.Url()));

        wire.Accepted.ShouldBe(2);
        await _harness.UntilQueueIsEmptyAsync();
        receiver.Ids.ShouldBe([id]);
    }

    [Fact]
    public async Task The_caller_s_trace_goes_with_the_request_to_the_API()
    {
        await using var server = await Receiver.StartAsync((_, _) => Task.FromResult(400));
        await using var services = Services(posthorn => posthorn.Server = server.Url("/"));
        using var caller = new Activity("caller") { TraceStateString = "vendor=1" }.Start();

        await Should.ThrowAsync<PosthornRejectedException>(services.GetRequiredService<IPosthornClient>().EnqueueAsync(To(server.Url())));

        var request = server.Requests.ShouldHaveSingleItem();
        request["traceparent"].ShouldNotBeNull().ShouldStartWith($"00-{caller.TraceId}-");
        request["tracestate"].ShouldBe("vendor=1");
    }

    [Fact]
    public async Task Direct_mode_delivers_a_papr_batch_notification_signed_and_retries_three_times()
    {
        await using var receiver = await Receiver.StartAsync((number, _) => Task.FromResult(number < 4 ? 503 : 201));
        using var direct = Direct(TimeSpan.FromMilliseconds(50));

        await direct.EnqueueAsync(To(receiver.Url()) with { Type = "batch.completed", Profile = "papr-batch" });

        receiver.Requests.Count.ShouldBe(4);
        foreach (var request in receiver.Requests)
        {
            request["X-Webhook-Signature"].ShouldBe("sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), request.Body)));
            request["X-Webhook-Secret"].ShouldBe(Secret);
            request["X-Webhook-Event"].ShouldBe("batch.completed");
            request["User-Agent"].ShouldBe("PaprMemory-BatchWebhook/1.0");
            long.Parse(request["X-Webhook-Timestamp"].ShouldNotBeNull(), CultureInfo.InvariantCulture).ShouldBeGreaterThan(0);
            request["traceparent"].ShouldBeNull();
        }
    }

    [Fact]
    public async Task Direct_mode_gives_up_after_three_retries_and_reaches_nothing_internal_unasked()
    {
        await using var receiver = await Receiver.StartAsync((_, _) => Task.FromResult(500));
        using var direct = Direct(TimeSpan.Zero);
        using var guarded = new DirectPosthornClient(new PosthornDirectOptions { AllowHttp = true }, TimeProvider.System, Random.Shared);

        var failed = await Should.ThrowAsync<PosthornUndeliverableException>(direct.EnqueueAsync(To(receiver.Url()) with { Profile = "papr-batch" }));
        var rejected = await Should.ThrowAsync<PosthornRejectedException>(guarded.EnqueueAsync(To(receiver.Url())));

        failed.Undelivered.ShouldHaveSingleItem().Description.ShouldBe("attempt 4 of 4 failed: HTTP 500");
        rejected.Faults.ShouldHaveSingleItem().Path.ShouldBe("$.destination.url");
        receiver.Count.ShouldBe(4);
    }

    private static NotificationEnvelope To(Uri url) => new()
    {
        Type = "test.happened",
        Destination = new NotificationDestination { Url = url, Secret = new SigningSecret(Secret) },
        Data = JsonData.Parse("""{ "n" : 1.0 }"""),
    };

    private static DirectPosthornClient Direct(TimeSpan maxWait) =>
        new(new PosthornDirectOptions { AllowHttp = true, AllowLoopback = true, MaxWait = maxWait }, TimeProvider.System, Random.Shared);

    private ServiceProvider Services(Action<PosthornClientOptions>? configure = null, DelegatingHandler? wire = null)
    {
        var services = new ServiceCollection();
        var http = services.AddPosthornClient(posthorn =>
        {
            posthorn.Server = _harness.Api("");
            configure?.Invoke(posthorn);
        });
        if (wire is not null) http.AddHttpMessageHandler(() => wire);
        return services.BuildServiceProvider();
    }

    /// <summary>A wire that counts what happens on it, and loses the first answers.</summary>
    private sealed class LossyWire : DelegatingHandler
    {
        private int _accepted;
        private int _refused;

        public int AnswersToLose { get; init; }

        public int Accepted => _accepted;

        public int Refused => _refused;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            try
            {
                var answer = await base.SendAsync(request, cancellationToken);
                if (answer.StatusCode != HttpStatusCode.Accepted || Interlocked.Increment(ref _accepted) > AnswersToLose) return answer;
                answer.Dispose();
            }
            catch (HttpRequestException)
            {
                Interlocked.Increment(ref _refused);
                throw;
            }

            throw new HttpRequestException("The answer is lost.");
        }
    }
}
