using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Posthorn.Tests.Support;

/// <summary>A receiver inside the process: it notes every request, and answers as it is told to; 200 where nothing is said.</summary>
internal sealed class FakeReceiver : HttpMessageHandler
{
    private readonly ConcurrentQueue<Request> _requests = new();

    public Func<Request, (HttpStatusCode Status, string Body)> Answer { get; set; } = _ => (HttpStatusCode.OK, "");

    /// <summary>What has to happen before it answers.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    public IReadOnlyList<Request> Requests => [.. _requests];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var headers = request.Headers.NonValidated.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var seen = new Request(request.RequestUri ?? throw new InvalidOperationException("A request has a URL."), headers, body);
        _requests.Enqueue(seen);
        await Hold.WaitAsync(cancellationToken);
        var (status, text) = Answer(seen);
        return new HttpResponseMessage(status) { Content = new StringContent(text, Encoding.UTF8, "application/json") };
    }

    /// <summary>One request as it came.</summary>
    internal sealed record Request(Uri Url, IReadOnlyDictionary<string, string> Headers, byte[] Body)
    {
        public string Text => Encoding.UTF8.GetString(Body);
    }
}
