using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Posthorn.DeadLetters;
using Posthorn.Worker.Api.Answers;

namespace Posthorn.Worker.DeadLetters;

/// <summary>The dead letters that a worker's API shows to the holder of a key.</summary>
internal sealed class ServerSource : IDeadLetterSource
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private readonly HttpClient _http;

    public ServerSource(Uri server, string? key)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Timeout, BaseAddress = server };
        if (key is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public async Task<(IReadOnlyList<DeadLetterView> Letters, long Total)> NewestAsync(int max, CancellationToken cancellationToken)
    {
        var answer = await GetAsync($"/api/dead-letters?limit={max}", AnswerJson.Default.DeadLettersAnswer, cancellationToken);
        return (answer?.DeadLetters ?? [], answer?.Total ?? 0);
    }

    public Task<DeadLetterDetail?> FindAsync(string which, CancellationToken cancellationToken) =>
        GetAsync($"/api/dead-letters/{Uri.EscapeDataString(which)}", AnswerJson.Default.DeadLetterDetail, cancellationToken);

    public void Dispose() => _http.Dispose();

    private async Task<T?> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
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
