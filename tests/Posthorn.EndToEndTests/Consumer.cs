using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Posthorn.EndToEndTests;

/// <summary>A consumer of webhooks that answers each request by what is in it; nothing of it is the product's code.</summary>
public sealed class Consumer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Func<Received, Reply> _answer;
    private readonly ConcurrentQueue<Received> _received = new();

    private Consumer(Func<Received, Reply> answer)
    {
        _answer = answer;
        Port = Ports.Free();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(Port));
        _app = builder.Build();
        _app.Run(ReceiveAsync);
    }

    public int Port { get; }

    /// <summary>Every request, in order.</summary>
    public IReadOnlyList<Received> Requests => [.. _received];

    /// <summary>The requests but the challenges.</summary>
    public IReadOnlyList<Received> Events => [.. _received.Where(request => !IsChallenge(request))];

    /// <summary>The wire ids (<c>webhook-id</c>) of every request, in order.</summary>
    public IReadOnlyList<string> Ids => [.. _received.Select(request => request["webhook-id"] ?? "")];

    public Uri Url(string path = "/webhook") => new($"http://127.0.0.1:{Port}{path}");

    /// <summary>One that answers 200 to everything, or what it is told to.</summary>
    public static async Task<Consumer> StartAsync(Func<Received, Reply>? answer = null)
    {
        var consumer = new Consumer(answer ?? (_ => new Reply(200)));
        await consumer._app.StartAsync();
        return consumer;
    }

    /// <summary>Whether a request is the verification of seeds/004.</summary>
    public static bool IsChallenge(Received request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Json(request).TryGetProperty("type", out var type) && type.GetString() == "webhook.verify";
    }

    public static JsonElement Json(Received request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var document = JsonDocument.Parse(request.Body);
        return document.RootElement.Clone();
    }

    /// <summary>The check that seeds/003 and seeds/004 print: the hexadecimal HMAC-SHA256 of the raw body, by the secret's UTF-8.</summary>
    public static bool IsSigned(Received request, string secret)
    {
        ArgumentNullException.ThrowIfNull(request);
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), request.Body));
        return request["X-Webhook-Signature"] == expected;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext http)
    {
        var request = await Received.ReadAsync(http);
        var reply = _answer(request);
        _received.Enqueue(request);
        http.Response.StatusCode = reply.Status;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(reply.Body, http.RequestAborted);
    }
}

/// <summary>What a consumer answers.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body, JSON.</param>
public sealed record Reply(int Status, string Body = """{"status":"ok"}""");
