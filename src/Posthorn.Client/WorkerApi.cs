using System.Net.Http.Headers;
using Posthorn.Retrying;

namespace Posthorn.Client;

/// <summary>A worker's API, asked until it says yes or no. Exceptions of HTTP become answers here.</summary>
internal sealed class WorkerApi(HttpClient http, PosthornClientOptions options, Uri server, TimeProvider clock, Random chance)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>A hint may not hold a caller for ever.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(1);

    private readonly RetrySchedule _schedule = RetrySchedule.Exponential(options.MaxRetries, FirstWait, LongestWait);
    private readonly Uri _api = new(server.AbsoluteUri.TrimEnd('/') + "/api/");

    /// <summary>Posts until it is accepted: the same bytes, ids included, in every try.</summary>
    /// <exception cref="PosthornRejectedException">The worker says no.</exception>
    /// <exception cref="PosthornUnavailableException">Every try failed.</exception>
    public async Task AcceptAsync(string path, ReadOnlyMemory<byte> json, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            switch (await TryAsync(new Uri(_api, path), json, cancellationToken))
            {
                case ApiAnswer.Accepted:
                    return;
                case ApiAnswer.Rejected no:
                    throw new PosthornRejectedException(no.Status, no.Detail, no.Faults);
                case ApiAnswer.Unavailable busy when _schedule.DelayAfter(tries, chance) is { } delay:
                    await Task.Delay(Wait(delay, busy.RetryAfter), clock, cancellationToken);
                    break;
                case ApiAnswer.Unavailable busy:
                    throw new PosthornUnavailableException(server, tries, busy.Detail, ids, busy.Cause);
            }
        }
    }

    private static TimeSpan Wait(TimeSpan delay, TimeSpan? asked)
    {
        var hint = asked > LongestRetryAfter ? LongestRetryAfter : asked;
        return hint > delay ? hint.Value : delay;
    }

    private async Task<ApiAnswer> TryAsync(Uri address, ReadOnlyMemory<byte> json, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var request = Compose(address, json);
            using var response = await http.SendAsync(request, either.Token);
            return await ApiAnswer.ReadAsync(response, clock.GetUtcNow());
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            return new ApiAnswer.Unavailable($"no answer within {options.Timeout:c}", Cause: late);
        }
        catch (HttpRequestException broken)
        {
            return new ApiAnswer.Unavailable((broken.InnerException ?? broken).Message, Cause: broken);
        }
    }

    private HttpRequestMessage Compose(Uri address, ReadOnlyMemory<byte> json)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ReadOnlyMemoryContent(json) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (options.ApiKey is { } key) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return request;
    }
}
