namespace Posthorn.Client;

/// <summary>
/// Hands notifications to a worker by its HTTP API. An id is made before the first try, so that a try whose answer was lost and the
/// next one are the same envelope, which the worker accepts once.
/// </summary>
public sealed class PosthornClient : IPosthornClient
{
    /// <summary>The name of the HTTP client that <c>AddPosthornClient</c> registers.</summary>
    public const string HttpClientName = "Posthorn.Client";

    private readonly Uri _server;
    private readonly WorkerApi _api;
    private readonly TimeProvider _clock;

    /// <summary>A client of one worker, or of several behind one address.</summary>
    /// <param name="http">Sends the requests; it should follow no redirects. It stays the caller's.</param>
    /// <param name="options">Where the worker is. They are read now.</param>
    /// <param name="clock">The time.</param>
    /// <param name="chance">The source of jitter; <see cref="Random.Shared"/> when calls overlap.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option cannot be used; all of them are named.</exception>
    public PosthornClient(HttpClient http, PosthornClientOptions options, TimeProvider clock, Random chance)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(chance);
        PosthornClientOptions.Rules.Checked(options);
        _server = options.Server ?? throw new ArgumentNullException(nameof(options));
        _api = new WorkerApi(http, options, _server, clock, chance);
        _clock = clock;
    }

    /// <inheritdoc/>
    public async Task<string> EnqueueAsync(NotificationEnvelope envelope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        var id = envelope.Id ?? NewId.At(_clock);
        await SendAsync(ProducerCall.Enqueue, id, ProducerJson.Of(envelope, id), cancellationToken);
        return id;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> EnqueueAsync(IReadOnlyList<NotificationEnvelope> envelopes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelopes);
        var ids = NewId.Each(envelopes, envelope => envelope.Id, _clock);
        await SendAsync(ProducerCall.Enqueue, ids, ProducerJson.Of(envelopes, ids), cancellationToken);
        return ids;
    }

    /// <inheritdoc/>
    public async Task<string> PublishAsync(WebhookEvent webhookEvent, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(webhookEvent);
        var id = webhookEvent.Id ?? NewId.At(_clock);
        await SendAsync(ProducerCall.Publish, id, ProducerJson.Of(webhookEvent, id), cancellationToken);
        return id;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> PublishAsync(IReadOnlyList<WebhookEvent> webhookEvents, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(webhookEvents);
        var ids = NewId.Each(webhookEvents, webhookEvent => webhookEvent.Id, _clock);
        await SendAsync(ProducerCall.Publish, ids, ProducerJson.Of(webhookEvents, ids), cancellationToken);
        return ids;
    }

    private Task SendAsync(ProducerCall call, string id, ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        call.TraceAsync(id, _server, () => _api.AcceptAsync(call.Destination, json, [id], cancellationToken));

    private Task SendAsync(ProducerCall call, IReadOnlyList<string> ids, ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        ids.Count == 0 ? Task.CompletedTask : call.TraceAsync(ids.Count, _server, () => _api.AcceptAsync(call.Destination, json, ids, cancellationToken));
}
