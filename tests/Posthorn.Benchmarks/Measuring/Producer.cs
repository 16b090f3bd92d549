using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Posthorn.Benchmarks.Measuring;

/// <summary>A producer at a worker's API.</summary>
internal sealed class Producer(int apiPort) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = new Uri($"http://127.0.0.1:{apiPort}"), Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Hands envelopes over; they are durable when it returns.</summary>
    /// <exception cref="BenchmarkException">They were not accepted.</exception>
    public Task AcceptAsync(string body, bool isStream, CancellationToken cancellation) => AcceptAsync(Encoding.UTF8.GetBytes(body), isStream, cancellation);

    /// <inheritdoc cref="AcceptAsync(string, bool, CancellationToken)"/>
    public async Task AcceptAsync(byte[] body, bool isStream, CancellationToken cancellation)
    {
        var status = await PostAsync(body, isStream, cancellation);
        if (status != HttpStatusCode.Accepted) throw new BenchmarkException($"The API answered {(int)status} to envelopes it should have accepted.");
    }

    /// <summary>Hands envelopes over, and says what was answered.</summary>
    /// <exception cref="HttpRequestException">Nothing was.</exception>
    public async Task<HttpStatusCode> PostAsync(byte[] body, bool isStream, CancellationToken cancellation)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(isStream ? "application/x-ndjson" : "application/json");
        using var answer = await _http.PostAsync(new Uri("/api/notifications", UriKind.Relative), content, cancellation);
        await answer.Content.ReadAsByteArrayAsync(cancellation);
        return answer.StatusCode;
    }

    /// <summary>How many messages are on the queue, in whatever state but dead.</summary>
    public async Task<long> PendingAsync(CancellationToken cancellation)
    {
        using var counts = JsonDocument.Parse(await _http.GetStringAsync(new Uri("/api/queue", UriKind.Relative), cancellation));
        return new[] { "active", "scheduled", "locked" }.Sum(name => counts.RootElement.GetProperty(name).GetInt64());
    }

    /// <summary>How long the worker's last attempts took, in milliseconds.</summary>
    public async Task<(double P50Ms, double P99Ms)> AttemptsAsync(CancellationToken cancellation)
    {
        using var stats = JsonDocument.Parse(await _http.GetStringAsync(new Uri("/api/stats", UriKind.Relative), cancellation));
        return (stats.RootElement.GetProperty("p50_ms").GetDouble(), stats.RootElement.GetProperty("p99_ms").GetDouble());
    }

    public void Dispose() => _http.Dispose();
}
