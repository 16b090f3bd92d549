using System.Buffers.Text;
using System.Net.Sockets;

namespace Posthorn.Benchmarks.Receiving;

/// <summary>
/// One connection of a receiver that only counts. It reads what .NET's own client writes, from the worker and from the bare loop alike:
/// names of headers as they were given, a Content-Length, one request after the other. Nothing is allocated for a request.
/// </summary>
internal sealed class LeanWire(Socket socket, Tally tally, bool isClosing)
{
    private static readonly byte[] Kept = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray();
    private static readonly byte[] Closed = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray();
    private byte[] _buffer = new byte[4 * 1024];
    private int _filled;

    /// <summary>Answers one request after the other, or only one, until the sender leaves.</summary>
    public async Task ServeAsync()
    {
        try
        {
            while (await ReadAsync())
            {
                await socket.SendAsync(isClosing ? Closed : Kept);
                if (isClosing) break;
            }
        }
        catch (SocketException)
        {
            // The sender left, or was killed.
        }

        socket.Dispose();
    }

    /// <summary>Reads one request and counts it; false when the sender has closed the connection.</summary>
    private async ValueTask<bool> ReadAsync()
    {
        int head;
        while ((head = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0)
            if (!await FillAsync()) return false;

        var number = NumberOf(_buffer.AsSpan(0, head));
        var end = head + 4 + Number(ValueOf(_buffer.AsSpan(0, head), "Content-Length: "u8));
        while (_filled < end)
            if (!await FillAsync()) return false;

        tally.Note(number);
        _buffer.AsSpan(end, _filled - end).CopyTo(_buffer);
        _filled -= end;
        return true;
    }

    private async ValueTask<bool> FillAsync()
    {
        if (_filled == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var count = await socket.ReceiveAsync(_buffer.AsMemory(_filled));
        _filled += count;
        return count > 0;
    }

    private static int NumberOf(ReadOnlySpan<byte> head)
    {
        var id = ValueOf(head, "webhook-id: "u8);
        return Number(id[(id.LastIndexOf((byte)'_') + 1)..]);
    }

    private static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        var at = head.IndexOf(name);
        if (at < 0) return default;
        var rest = head[(at + name.Length)..];
        var end = rest.IndexOf((byte)'\r');
        return end < 0 ? rest : rest[..end];
    }

    private static int Number(ReadOnlySpan<byte> digits) => Utf8Parser.TryParse(digits, out int number, out _) ? number : 0;
}
