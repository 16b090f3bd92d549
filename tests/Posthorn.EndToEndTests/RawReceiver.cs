using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Posthorn.EndToEndTests;

/// <summary>A receiver on a bare socket: it records the bytes of each request as they came, and resets the connection when asked to.</summary>
public sealed class RawReceiver : IAsyncDisposable
{
    /// <summary>The answer that is none: the connection is reset.</summary>
    public const int Reset = 0;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly Func<int, int> _answer;
    private readonly Func<Received, string> _text;
    private readonly Task _accepting;
    private int _count;

    /// <param name="answer">The status for the n-th request, from 1. Default: 200.</param>
    /// <param name="text">What the answer to a request says. Default: ok.</param>
    public RawReceiver(Func<int, int>? answer = null, Func<Received, string>? text = null)
    {
        _answer = answer ?? (_ => 200);
        _text = text ?? (_ => "ok");
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IReadOnlyList<Received> Requests => [.. _received];

    public Uri Url(string path = "/hook") => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{path}");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
        }
        catch (Exception over) when (_stop.IsCancellationRequested && over is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over: also when the listener ended between two connections.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = socket;
        await using var stream = new NetworkStream(socket);
        try
        {
            while (await ReadAsync(stream) is { } request)
            {
                _received.Enqueue(request);
                var status = _answer(Interlocked.Increment(ref _count));
                if (status == Reset)
                {
                    socket.LingerState = new LingerOption(enable: true, 0);
                    return;
                }

                var text = Encoding.UTF8.GetBytes(_text(request));
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} Scripted\r\nContent-Length: {text.Length}\r\n\r\n"), _stop.Token);
                await stream.WriteAsync(text, _stop.Token);
            }
        }
        catch (Exception over) when (over is OperationCanceledException or IOException)
        {
            // The other end left.
        }
    }

    private async Task<Received?> ReadAsync(NetworkStream stream)
    {
        var bytes = new List<byte>();
        var one = new byte[1];
        while (!EndsHead(bytes))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return null;
            bytes.Add(one[0]);
        }

        var lines = Encoding.Latin1.GetString([.. bytes]).TrimEnd().Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1])).ToList();
        var body = new byte[int.Parse(headers.Single(header => header.Key == "Content-Length").Value)];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return new Received(lines[0], headers, body, Stopwatch.GetTimestamp());
    }

    private static bool EndsHead(List<byte> bytes) => bytes.Count >= 4 && bytes[^4] == '\r' && bytes[^3] == '\n' && bytes[^2] == '\r' && bytes[^1] == '\n';
}
