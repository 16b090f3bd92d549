using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Posthorn.EndToEndTests;

/// <summary>A receiver that carries load, on Kestrel; nothing of it is the product's code.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Func<int, CancellationToken, Task<int>> _answer;
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly bool _isSecure;
    private int _count;

    private Receiver(Func<int, CancellationToken, Task<int>> answer, Func<X509Certificate2>? certificate)
    {
        (_answer, _isSecure) = (answer, certificate is not null);
        Port = Ports.Free();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(Port, listen =>
        {
            if (certificate is not null) listen.UseHttps(https => https.ServerCertificateSelector = (_, _) => certificate());
        }));
        _app = builder.Build();
        _app.Run(ReceiveAsync);
    }

    public int Port { get; }

    public int Count => _received.Count;

    /// <summary>Whether the bodies are kept: a load of large ones is not.</summary>
    public bool KeepsBodies { get; set; } = true;

    public IReadOnlyList<Received> Requests => [.. _received];

    /// <summary>The wire ids (<c>webhook-id</c>) of every request, in order.</summary>
    public IReadOnlyList<string> Ids => [.. _received.Select(request => request["webhook-id"] ?? "")];

    /// <param name="answer">The status for the n-th request, from 1, when it is time. Default: 200, at once.</param>
    /// <param name="certificate">What it proves with who it is, each time anew; null speaks in clear.</param>
    public static async Task<Receiver> StartAsync(Func<int, CancellationToken, Task<int>>? answer = null, Func<X509Certificate2>? certificate = null)
    {
        var receiver = new Receiver(answer ?? ((_, _) => Task.FromResult(200)), certificate);
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>One that answers every request with 200, after a while.</summary>
    public static Task<Receiver> StartSlowAsync(TimeSpan delay) => StartAsync(async (_, gone) =>
    {
        await Task.Delay(delay, gone);
        return 200;
    });

    public Uri Url(string path = "/hook") => new(_isSecure ? $"https://localhost:{Port}{path}" : $"http://127.0.0.1:{Port}{path}");

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext http)
    {
        var received = await Received.ReadAsync(http);
        _received.Enqueue(KeepsBodies ? received : received with { Body = [] });
        try
        {
            http.Response.StatusCode = await _answer(Interlocked.Increment(ref _count), http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The sender left.
        }
    }
}
