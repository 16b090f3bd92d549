using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Posthorn.Events;

namespace Posthorn.Endpoints;

/// <summary>
/// Follows how each endpoint does, and disables one that is gone or has done nothing but fail for too long. Only a change is
/// written, apart from the hot path, and again until the store takes it.
/// </summary>
public sealed partial class EndpointHealth(
    IEndpointStore store, EndpointDirectory directory, OperationalEvents operational, EndpointOptions options, TimeProvider clock, ILogger<EndpointHealth> logger)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, Noted> _news = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _bell = new(0);

    /// <summary>Notes what a delivery to an endpoint met; returns at once.</summary>
    /// <param name="endpointId">The endpoint.</param>
    /// <param name="news">What the attempt met.</param>
    /// <param name="at">When the attempt began: from then on, not from when it is written, a failing endpoint misses something.</param>
    public void Note(string endpointId, EndpointNews news, DateTimeOffset at)
    {
        if (directory.Find(endpointId) is not { } endpoint) return;
        // A success may not matter by what is stored, and yet take back what is still to be written.
        if (!Matters(endpoint.Record, news) && !(news == EndpointNews.Success && _news.ContainsKey(endpointId))) return;
        _news.AddOrUpdate(endpointId, new Noted(news, at), (_, before) => before.Then(news, at));
        _bell.Release();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _bell.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await _bell.WaitAsync(stoppingToken);
                foreach (var id in _news.Keys) await WriteAsync(id, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogNotWritten(failure.Message);
                _bell.Release();
                await Task.Delay(Pause, clock, CancellationToken.None);
            }
        }
    }

    private bool Matters(Endpoint endpoint, EndpointNews news) => news switch
    {
        EndpointNews.Success => endpoint.FailingSince is not null || endpoint.HasSuffered,
        EndpointNews.Failure => endpoint.FailingSince is not { } since || (clock.GetUtcNow() - since >= options.DisableAfter && endpoint.Status == EndpointStatus.Active),
        EndpointNews.Loss => endpoint.FailingSince is null || !endpoint.HasSuffered,
        EndpointNews.Gone => endpoint.Status != EndpointStatus.Disabled,
        _ => throw new ArgumentOutOfRangeException(nameof(news), news, message: null),
    };

    /// <summary>Writes what is noted of one endpoint; somebody else's change in between is read, and judged again.</summary>
    private async Task WriteAsync(string id, CancellationToken cancellationToken)
    {
        if (!_news.TryGetValue(id, out var noted)) return;
        while (await store.FindAsync(id, cancellationToken) is { } endpoint && Matters(endpoint, noted.News))
        {
            var changed = After(endpoint, noted, clock.GetUtcNow());
            if (await store.UpdateAsync(changed, cancellationToken) is null) continue;
            await directory.RefreshAsync(cancellationToken);
            await TellAsync(endpoint, changed, cancellationToken);
            break;
        }

        _news.TryRemove(KeyValuePair.Create(id, noted));
    }

    private Endpoint After(Endpoint endpoint, Noted noted, DateTimeOffset now)
    {
        var news = noted.News;
        if (news == EndpointNews.Success) return endpoint with { FailingSince = null, HasSuffered = false };
        var failing = endpoint with { FailingSince = endpoint.FailingSince ?? noted.At, HasSuffered = endpoint.HasSuffered || news != EndpointNews.Failure };
        if (news == EndpointNews.Gone) return Disabled(failing, "the receiver answered 410 Gone", now);
        return now - failing.FailingSince >= options.DisableAfter && endpoint.Status == EndpointStatus.Active
            ? Disabled(failing, $"every delivery failed for {options.DisableAfter:c}", now)
            : failing;
    }

    private static Endpoint Disabled(Endpoint endpoint, string reason, DateTimeOffset now) =>
        endpoint with { Status = EndpointStatus.Disabled, DisabledReason = reason, DisabledAt = now, HasSuffered = true, UpdatedAt = now };

    private async Task TellAsync(Endpoint before, Endpoint after, CancellationToken cancellationToken)
    {
        if (after.Status == EndpointStatus.Disabled && before.Status != EndpointStatus.Disabled)
        {
            LogDisabled(after.Id, after.DisplayUrl, after.DisabledReason);
            await operational.PublishAsync(OperationalTypes.EndpointDisabled, after.Tenant, new OperationalData { EndpointId = after.Id, Url = after.DisplayUrl, Reason = after.DisabledReason, FailingSince = after.FailingSince }, cancellationToken);
        }
        else if (before.HasSuffered && !after.HasSuffered)
        {
            LogRecovered(after.Id, after.DisplayUrl);
            await operational.PublishAsync(OperationalTypes.EndpointRecovered, after.Tenant, new OperationalData { EndpointId = after.Id, Url = after.DisplayUrl, FailingSince = before.FailingSince }, cancellationToken);
        }
    }

    /// <summary>The newest news of an endpoint, and since when it is so.</summary>
    private sealed record Noted(EndpointNews News, DateTimeOffset At)
    {
        /// <summary>What stays noted when more comes: gone stays gone, a success takes the rest back, and what fails has failed since the first time.</summary>
        public Noted Then(EndpointNews news, DateTimeOffset at)
        {
            if (News == EndpointNews.Gone) return this;
            if (news == EndpointNews.Success || News == EndpointNews.Success) return new Noted(news, at);
            return new Noted(news > News ? news : News, at < At ? at : At);
        }
    }

    [LoggerMessage(40, LogLevel.Warning, "{EndpointId} ({Url}) is disabled: {Reason}", EventName = "EndpointDisabled")]
    private partial void LogDisabled(string endpointId, string url, string? reason);

    [LoggerMessage(41, LogLevel.Information, "{EndpointId} ({Url}) takes deliveries again", EventName = "EndpointRecovered")]
    private partial void LogRecovered(string endpointId, string url);

    [LoggerMessage(42, LogLevel.Warning, "The health of an endpoint cannot be written now; it is tried again: {Cause}", EventName = "EndpointHealthNotWritten")]
    private partial void LogNotWritten(string cause);
}

/// <summary>What a delivery says of its endpoint, the worst last.</summary>
public enum EndpointNews
{
    /// <summary>It took a delivery.</summary>
    Success,

    /// <summary>An attempt failed.</summary>
    Failure,

    /// <summary>A delivery was given up.</summary>
    Loss,

    /// <summary>It said that it is gone.</summary>
    Gone,
}
