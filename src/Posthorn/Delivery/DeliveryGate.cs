using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Events;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Retrying;

namespace Posthorn.Delivery;

/// <summary>Says before an attempt whether it is to be made at all, and where it goes: the endpoint as it is now, the deadline, the throttle.</summary>
public sealed class DeliveryGate(EndpointDirectory endpoints, IThrottleStore throttles, TimeProvider clock)
{
    private static readonly TimeSpan StoreAway = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan NotVerified = TimeSpan.FromMinutes(1);

    /// <summary>Judges one attempt.</summary>
    public async ValueTask<Admission> AdmitAsync(Envelope envelope, DeliveryProgress progress)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ArgumentNullException.ThrowIfNull(progress);
        var now = clock.GetUtcNow();
        if (!await IsKnownWellAsync(envelope)) return new Admission.Wait(now + StoreAway);
        var admission = Place(envelope, now);
        if (admission is not Admission.Go { Envelope: var placed }) return admission;
        if (DeliveryPolicy.BeforeSending(placed, now) is { } early) return new Admission.Settle(early);
        return placed is { Stream: { } stream, Destination.Elsewhere: null } && progress.AttemptsMade == 0 ? await ThrottleAsync(placed, stream, now) : admission;
    }

    /// <summary>
    /// Whether what is known of its endpoint is good enough: that one is not to be delivered to is read again first, as another process
    /// may have just registered or activated it.
    /// </summary>
    private async ValueTask<bool> IsKnownWellAsync(Envelope envelope)
    {
        if (envelope.Destination.Endpoint is not { } id || !endpoints.IsLoaded || endpoints.Find(id) is { Record.Status: EndpointStatus.Active }) return true;
        try
        {
            await endpoints.RefreshAsync(CancellationToken.None);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    /// <summary>The envelope with its endpoint's current URL, secrets and headers.</summary>
    private Admission Place(Envelope envelope, DateTimeOffset now)
    {
        if (envelope.Destination.Endpoint is not { } id) return new Admission.Go(envelope);
        if (!endpoints.IsLoaded) return new Admission.Wait(now + StoreAway);
        if (endpoints.Find(id) is not { } endpoint) return Gone(envelope, $"the endpoint {id} was deleted");
        var record = endpoint.Record;
        if (envelope.Destination is { Elsewhere: { } elsewhere, Url: var url }) return new Admission.Go(envelope with { Destination = endpoint.Destination(now) with { Url = url, Elsewhere = elsewhere } });
        if (record.Status == EndpointStatus.Disabled && !envelope.IsTest) return Gone(envelope, $"the endpoint {id} is disabled: {record.DisabledReason}");
        if (record.Status == EndpointStatus.Pending && !envelope.IsTest) return WaitOrExpire(envelope, now);
        return new Admission.Go(envelope with { Destination = endpoint.Destination(now) });
    }

    private static Admission WaitOrExpire(Envelope envelope, DateTimeOffset now) =>
        DeliveryPolicy.BeforeSending(envelope, now) is { } expired ? new Admission.Settle(expired) : new Admission.Wait(now + NotVerified);

    private async Task<Admission> ThrottleAsync(Envelope envelope, EventStream stream, DateTimeOffset now)
    {
        if (!envelope.Profile.Throttle.TryGetValue(envelope.Type, out var rule) || rule is not ThrottleRule.Window window) return new Admission.Go(envelope);
        var rank = new EventRank(Rfc3339.TryParse(envelope.Time, out var time) ? time : default, stream.Sequence);
        try
        {
            return await throttles.AdmitAsync(stream.Key, rank, window.Length, now, CancellationToken.None) switch
            {
                ThrottleAnswer.Send => new Admission.Go(envelope),
                ThrottleAnswer.Hold hold => new Admission.Wait(hold.Until),
                _ => new Admission.Settle(new Verdict.Drop(EventFanOut.ThrottledReason, "a newer event of the same window goes out instead")),
            };
        }
        catch (StoreUnavailableException)
        {
            return new Admission.Wait(now + StoreAway);
        }
    }

    private static Admission.Settle Gone(Envelope envelope, string description) =>
        new(envelope.IsTest ? new Verdict.Drop("Tested", description) : new Verdict.DeadLetter(DeadLetterReason.EndpointGone, description));
}

/// <summary>Whether an attempt is to be made.</summary>
public abstract record Admission
{
    private Admission()
    {
    }

    /// <summary>It is made.</summary>
    /// <param name="Envelope">What is sent, and where it goes now.</param>
    public sealed record Go(Envelope Envelope) : Admission;

    /// <summary>Not yet.</summary>
    /// <param name="Until">When to ask again.</param>
    public sealed record Wait(DateTimeOffset Until) : Admission;

    /// <summary>Not any more.</summary>
    /// <param name="Verdict">What becomes of it.</param>
    public sealed record Settle(Verdict Verdict) : Admission;
}
