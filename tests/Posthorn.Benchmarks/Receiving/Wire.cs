using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Posthorn.Benchmarks.Receiving;

/// <summary>One connection: HTTP/1.1 requests with a Content-Length, which is what the worker sends, and answers right or wrong.</summary>
internal sealed class Wire(Socket socket)
{
    private static readonly byte[] Success = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();
    private byte[] _buffer = new byte[8 * 1024];
    private int _filled;

    /// <summary>The next request; null when the sender has closed the connection.</summary>
    public async ValueTask<WireRequest?> ReadAsync()
    {
        // 1. The first bytes, and when they came.
        if (_filled == 0 && !await FillAsync()) return null;
        var at = Stopwatch.GetTimestamp();

        // 2. The head.
        int head;
        while ((head = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0)
            if (!await FillAsync()) return null;

        // 3. The body.
        var text = Encoding.Latin1.GetString(_buffer, 0, head);
        var request = new WireRequest(text, at);
        var end = head + 4 + request.ContentLength;
        while (_filled < end)
            if (!await FillAsync()) return null;

        request.Body = _buffer.AsSpan(head + 4, request.ContentLength).ToArray();
        _buffer.AsSpan(end, _filled - end).CopyTo(_buffer);
        _filled -= end;
        return request;
    }

    /// <summary>Answers, in this way.</summary>
    /// <returns>Whether the connection is kept.</returns>
    public async Task<bool> AnswerAsync(Fault fault)
    {
        switch (fault)
        {
            case Fault.Hang: return await HangAsync();
            case Fault.Reset:
                Reset(socket);
                return false;
            case Fault.Garbage:
                await socket.SendAsync("HTP/9 what?\r\n:\r\n\0\0\r\n\r\n"u8.ToArray());
                return false;
            case Fault.None or Fault.Slow:
                await socket.SendAsync(Success);
                return true;
            default:
                var more = fault is Fault.TooMany ? "Retry-After: 1\r\n" : "";
                await socket.SendAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {fault.Answer()} No\r\n{more}Content-Length: 0\r\n\r\n"));
                return true;
        }
    }

    /// <summary>Reads what comes and says nothing, until the sender gives up.</summary>
    public async Task<bool> HangAsync()
    {
        while (await socket.ReceiveAsync(_buffer) > 0)
        {
            // Still there.
        }

        return false;
    }

    /// <summary>Closes it with a reset.</summary>
    public static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The sender was faster.
        }

        socket.Dispose();
    }

    private async ValueTask<bool> FillAsync()
    {
        if (_filled == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var count = await socket.ReceiveAsync(_buffer.AsMemory(_filled));
        _filled += count;
        return count > 0;
    }
}
