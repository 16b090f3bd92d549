using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Posthorn.Diagnostics;
using Posthorn.Envelopes;

namespace Posthorn.Worker.Sending;

/// <summary>Sends to a worker's API, a batch a request; when it names faulty ones, the others again without them.</summary>
internal sealed partial class ServerTarget : ISendTarget
{
    private const int MaxTries = 5;
    private readonly HttpClient _http;
    private readonly Uri _notifications;

    public ServerTarget(Uri server, string? key)
    {
        _notifications = new Uri(server, "/api/notifications");
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, ActivityHeadersPropagator = null }) { Timeout = TimeSpan.FromSeconds(60) };
        if (key is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        Name = server.GetLeftPart(UriPartial.Authority);
    }

    public string Name { get; }

    public void Dispose() => _http.Dispose();

    public async Task<IReadOnlyList<SendOutcome>> SendAsync(IReadOnlyList<FiledEnvelope> batch, CancellationToken cancellationToken)
    {
        var (status, answer) = await PostAsync(batch, cancellationToken);
        using (answer)
        {
            if (status == HttpStatusCode.Accepted) return Accepted(answer.RootElement, batch.Count);
            var faults = Faults(answer.RootElement);
            if (faults.Count == 0) throw new SendFailedException($"{_notifications} answered {(int)status}: {Detail(answer.RootElement)}");

            var others = batch.Where((_, i) => !faults.Contains(i)).ToList();
            var sent = others.Count == 0 ? [] : await SendAsync(others, cancellationToken);
            var next = 0;
            return [.. batch.Select((_, i) => faults.Contains(i) ? SendOutcome.Refused([.. faults[i]]) : sent[next++])];
        }
    }

    [GeneratedRegex(@"^\$\[(?<index>\d+)\](?<path>.*)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ItemPath();

    private static ReadOnlyMemory<byte> Array(IReadOnlyList<FiledEnvelope> batch)
    {
        var body = new MemoryStream();
        for (var i = 0; i < batch.Count; i++)
        {
            body.WriteByte(i == 0 ? (byte)'[' : (byte)',');
            // What is no JSON value would break its neighbours; null in its place is refused as itself.
            body.Write(JsonItems.IsValue(batch[i].Json.Span) ? batch[i].Json.Span : "null"u8);
        }

        body.WriteByte((byte)']');
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }

    private static List<SendOutcome> Accepted(JsonElement answer, int count)
    {
        var ids = answer.TryGetProperty("ids", out var list) ? list.EnumerateArray().Select(id => id.GetString()).ToList() : [];
        if (ids.Count != count) throw new SendFailedException($"the server answered with {ids.Count} ids for {count} envelopes");
        return ids.ConvertAll(id => new SendOutcome(id, SendOutcomeKind.Accepted, []));
    }

    private static ILookup<int, EnvelopeError> Faults(JsonElement answer)
    {
        var errors = answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("errors", out var list) ? list.EnumerateArray() : default(IEnumerable<JsonElement>) ?? [];
        return errors
            .Select(error => (Place: ItemPath().Match(error.GetProperty("path").GetString() ?? ""), Detail: error.GetProperty("detail").GetString() ?? ""))
            .Where(error => error.Place.Success)
            .ToLookup(error => int.Parse(error.Place.Groups["index"].Value), error => new EnvelopeError("$" + error.Place.Groups["path"].Value, error.Detail));
    }

    private static string Detail(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("detail", out var detail) ? detail.GetString() ?? "" : "not an answer of a Posthorn API";

    /// <summary>Posts; a server that is busy is asked again. A lost answer is not: whether it was accepted is not known.</summary>
    private async Task<(HttpStatusCode Status, JsonDocument Answer)> PostAsync(IReadOnlyList<FiledEnvelope> batch, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                using var content = new ReadOnlyMemoryContent(Array(batch));
                content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                using var request = new HttpRequestMessage(HttpMethod.Post, _notifications) { Content = content };
                TraceContext.Tell(request.Headers, producer: null);
                using var response = await _http.SendAsync(request, cancellationToken);
                var isBusy = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
                if (!isBusy || tries == MaxTries) return (response.StatusCode, await ReadAsync(response, cancellationToken));
            }
            catch (Exception broken) when (broken is HttpRequestException or TaskCanceledException { InnerException: TimeoutException })
            {
                throw new SendFailedException($"{_notifications} does not answer: {(broken.InnerException ?? broken).Message}");
            }

            await Task.Delay(TimeSpan.FromSeconds(tries), cancellationToken);
        }
    }

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
        }
        catch (JsonException)
        {
            return JsonDocument.Parse("null");
        }
    }
}
