using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Posthorn.Worker.DeadLetters;

namespace Posthorn.Worker.CommandLine;

/// <summary>Reads from a worker's API.</summary>
internal sealed class ApiReader : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private readonly HttpClient _http;

    public ApiReader(Uri server, string? key)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout, BaseAddress = server };
        if (key is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>An answer; null when there is none (404).</summary>
    /// <exception cref="ServerRefusedException">The worker refuses, or does not answer.</exception>
    public async Task<T?> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            using var response = await _http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound) return null;
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (!response.IsSuccessStatusCode) throw new ServerRefusedException($"{_http.BaseAddress} answered {(int)response.StatusCode}: {DetailOf(body)}");
            return JsonSerializer.Deserialize(body, type);
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException or TaskCanceledException { InnerException: TimeoutException })
        {
            throw new ServerRefusedException($"{_http.BaseAddress} cannot be asked: {failure.Message}", failure);
        }
    }

    public void Dispose() => _http.Dispose();

    private static string DetailOf(byte[] body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString() ?? "" : "no detail";
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return "not an answer of a Posthorn API";
        }
    }
}
