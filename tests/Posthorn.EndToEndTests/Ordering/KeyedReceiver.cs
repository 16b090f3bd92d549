using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Posthorn.EndToEndTests.Ordering;

/// <summary>A receiver that knows the ordering key of each request by its id, <c>key_number</c>, and sees whether two of one key are under way at once.</summary>
public sealed class KeyedReceiver : IAsyncDisposable
{
    /// <summary>The key of mail that has none.</summary>
    public const string NoKey = "free";

    /// <summary>The answer that is none: the request is held until its sender is gone.</summary>
    public const int Never = 0;

    // Long enough that a second request of the key would meet the first.
    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(15);
    private readonly WebApplication _app;
    private readonly Func<string, int, int> _answer;
    private readonly ConcurrentDictionary<string, int> _attempts = new();
    private readonly ConcurrentDictionary<string, string> _underWay = new();
    private readonly ConcurrentQueue<string> _delivered = new();
    private readonly ConcurrentQueue<string> _overlaps = new();
    private readonly int _port = Ports.Free();

    private KeyedReceiver(Func<string, int, int> answer)
    {
        _answer = answer;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(_port));
        _app = builder.Build();
        _app.Run(ReceiveAsync);
    }

    public Uri Url => new($"http://127.0.0.1:{_port}/hook");

    /// <summary>What was answered with 200, in order, each the first time.</summary>
    public IReadOnlyList<string> Delivered => [.. _delivered.Distinct()];

    /// <summary>Requests that came while another one of their key was under way.</summary>
    public IReadOnlyList<string> Overlaps => [.. _overlaps];

    /// <summary>How many requests came.</summary>
    public int Count => _attempts.Values.Sum();

    /// <param name="answer">The status, by the id and the number of its request, from 1.</param>
    public static async Task<KeyedReceiver> StartAsync(Func<string, int, int> answer)
    {
        var receiver = new KeyedReceiver(answer);
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>An envelope whose id tells its key.</summary>
    public string Envelope(string id)
    {
        var envelope = Envelopes.Of(id, Url, "fast");
        return KeyOf(id) is NoKey ? envelope : envelope.Replace("\"type\"", $"\"ordering_key\":\"{KeyOf(id)}\",\"type\"", StringComparison.Ordinal);
    }

    /// <summary>What was delivered of a key, in order.</summary>
    public IReadOnlyList<string> DeliveredOf(string key) => [.. Delivered.Where(id => KeyOf(id) == key)];

    public static string KeyOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.Split('_')[0];
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext http)
    {
        var id = http.Request.Headers["webhook-id"].ToString();
        var isFirst = KeyOf(id) is NoKey || _underWay.TryAdd(KeyOf(id), id);
        if (!isFirst) _overlaps.Enqueue($"{id} while {_underWay.GetValueOrDefault(KeyOf(id))}");
        try
        {
            var status = _answer(id, _attempts.AddOrUpdate(id, 1, (_, before) => before + 1));
            await Task.Delay(status == Never ? Timeout.InfiniteTimeSpan : Work, http.RequestAborted);
            http.Response.StatusCode = status;
            if (http.Response.StatusCode == StatusCodes.Status200OK) _delivered.Enqueue(id);
        }
        catch (OperationCanceledException)
        {
            // The sender was killed.
        }
        finally
        {
            if (isFirst) _underWay.TryRemove(KeyOf(id), out _); // Before the answer is out: the next one may come as soon as it is.
        }
    }
}
