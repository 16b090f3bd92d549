using System.Collections.Concurrent;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Sending;
using Posthorn.Settings;
using Posthorn.Signing;

namespace Posthorn.Client.Direct;

/// <summary>
/// Delivers by itself, at once: the request that a worker would send, a few short retries, and no queue. For development: what is
/// not delivered when the call ends is gone, and nothing remembers an id.
/// </summary>
public sealed class DirectPosthornClient : IPosthornClient, IDisposable
{
    private const int MaxInFlight = 16;

    private readonly HttpMessageInvoker _http;
    private readonly DirectIntake _intake;
    private readonly DirectDelivery _delivery;
    private readonly IReadOnlyList<DirectEndpoint> _endpoints;
    private readonly TimeProvider _clock;

    /// <summary>A client that sends through a connection pool of its own, which asks the options about every address it dials.</summary>
    /// <param name="options">What it may reach, and how. They are read now.</param>
    /// <param name="clock">The time.</param>
    /// <param name="chance">The source of jitter; <see cref="Random.Shared"/> when calls overlap.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">An option cannot be used; all of them are named.</exception>
    public DirectPosthornClient(PosthornDirectOptions options, TimeProvider clock, Random chance)
        : this(PosthornDirectOptions.Rules.Checked(options), new HttpMessageInvoker(WebhookHandler.Create(options.Network, MaxInFlight)), clock, chance)
    {
    }

    /// <summary>For tests: one that sends through another handler, which asks about no address.</summary>
    internal DirectPosthornClient(PosthornDirectOptions options, HttpMessageInvoker http, TimeProvider clock, Random chance)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(chance);
        var settings = PosthornDirectOptions.Rules.Checked(options).Settings;
        var profiles = ProfileCatalog.From(settings, new List<SettingError>());
        var stores = new SecretStores(new ConfigSecretStore(settings));
        var sender = new WebhookSender(http, new CredentialResolver(new NoSealer(), stores), options.Network, clock);
        _http = http;
        _intake = new DirectIntake(new EnvelopeReader(new EnvelopeBuilder(profiles, options.Network)), stores, clock);
        _delivery = new DirectDelivery(sender, options, clock, chance);
        _endpoints = [.. options.Endpoints];
        _clock = clock;
    }

    /// <inheritdoc/>
    public async Task<string> EnqueueAsync(NotificationEnvelope envelope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        var id = envelope.Id ?? NewId.At(_clock);
        await ProducerCall.Enqueue.TraceAsync(id, server: null, () => DeliverAsync([DirectSubmission.Of(envelope, id, "$")], cancellationToken));
        return id;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> EnqueueAsync(IReadOnlyList<NotificationEnvelope> envelopes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelopes);
        var ids = NewId.Each(envelopes, envelope => envelope.Id, _clock);
        var all = envelopes.Select((envelope, i) => DirectSubmission.Of(envelope, ids[i], $"$[{i}]"));
        if (ids.Count > 0) await ProducerCall.Enqueue.TraceAsync(ids.Count, server: null, () => DeliverAsync(all, cancellationToken));
        return ids;
    }

    /// <inheritdoc/>
    public async Task<string> PublishAsync(WebhookEvent webhookEvent, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(webhookEvent);
        var id = webhookEvent.Id ?? NewId.At(_clock);
        await ProducerCall.Publish.TraceAsync(id, server: null, () => DeliverAsync(FanOut(webhookEvent, id, "$"), cancellationToken));
        return id;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> PublishAsync(IReadOnlyList<WebhookEvent> webhookEvents, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(webhookEvents);
        var ids = NewId.Each(webhookEvents, webhookEvent => webhookEvent.Id, _clock);
        var all = webhookEvents.SelectMany((webhookEvent, i) => FanOut(webhookEvent, ids[i], $"$[{i}]"));
        if (ids.Count > 0) await ProducerCall.Publish.TraceAsync(ids.Count, server: null, () => DeliverAsync(all, cancellationToken));
        return ids;
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _http.Dispose();

    private IEnumerable<DirectSubmission> FanOut(WebhookEvent webhookEvent, string id, string root) =>
        _endpoints.Where(endpoint => endpoint.Wants(webhookEvent.Type)).Select(endpoint => DirectSubmission.Of(endpoint.NotificationOf(webhookEvent), id, root));

    /// <summary>Judges all of them, then delivers them side by side: one that is slow holds up no other.</summary>
    private async Task DeliverAsync(IEnumerable<DirectSubmission> submissions, CancellationToken cancellationToken)
    {
        var undelivered = new ConcurrentQueue<UndeliveredNotification>();
        var sideBySide = new ParallelOptions { MaxDegreeOfParallelism = MaxInFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(_intake.Read(submissions), sideBySide, async (envelope, cancellation) =>
        {
            if (await _delivery.DeliverAsync(envelope, cancellation) is { } failed) undelivered.Enqueue(failed);
        });
        if (!undelivered.IsEmpty) throw new PosthornUndeliverableException([.. undelivered]);
    }
}

/// <summary>Without a queue nothing is sealed: an envelope's secrets stay in this process.</summary>
internal sealed class NoSealer : ISecretSealer
{
    public string Seal(string plaintext) => throw new NotSupportedException("Direct mode seals nothing.");

    public string Unseal(string sealedText) => throw new SecretUnavailableException("direct mode opens no seals");
}
