using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Posthorn.Tests.Client;

/// <summary>A server inside the process: it notes every request and answers the n-th one, from 1, as it is told to.</summary>
internal sealed class FakeServer(Func<int, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
{
    private readonly ConcurrentQueue<SeenRequest> _seen = new();
    private int _count;

    public FakeServer(Func<int, HttpResponseMessage> answer)
        : this((number, _) => Task.FromResult(answer(number)))
    {
    }

    public IReadOnlyList<SeenRequest> Seen => [.. _seen];

    /// <summary>What a worker says to what it accepts.</summary>
    public static HttpResponseMessage Accepted() => Json(HttpStatusCode.Accepted, """{"accepted":1,"duplicates":0,"ids":["x"]}""");

    public static HttpResponseMessage Problem(HttpStatusCode status, string detail, string errors = "[]") =>
        Json(status, $$"""{"title":"T","status":{{(int)status}},"detail":"{{detail}}","errors":{{errors}}}""", "application/problem+json");

    public static HttpResponseMessage Json(HttpStatusCode status, string body, string mediaType = "application/json") =>
        new(status) { Content = new StringContent(body, Encoding.UTF8, mediaType) };

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        var headers = request.Headers.Concat(request.Content?.Headers ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>());
        _seen.Enqueue(new SeenRequest(request.Method, request.RequestUri, headers.ToDictionary(header => header.Key, header => string.Join(", ", header.Value)), body));
        return await answer(Interlocked.Increment(ref _count), cancellationToken);
    }
}

/// <summary>One request as it came.</summary>
internal sealed record SeenRequest(HttpMethod Method, Uri? Url, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement.Clone();
        }
    }
}
