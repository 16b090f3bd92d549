using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>A receiver that speaks HTTP/2 (RFC 9113) in frames of its own, over TLS, and answers each request as its script says.</summary>
internal sealed class HostileHttp2 : IAsyncDisposable
{
    private const int PrefaceLength = 24;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentQueue<string> _bodies = new();
    private readonly ConcurrentBag<Task> _serving = [];
    private readonly Func<Http2Exchange, Task> _script;
    private readonly X509Certificate2 _certificate;
    private readonly Task _accepting;
    private int _connections;
    private int _count;

    public HostileHttp2(X509Certificate2 certificate, Func<Http2Exchange, Task> script)
    {
        (_certificate, _script) = (certificate, script);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"https://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/hook");

    /// <summary>The body of every request, in order.</summary>
    public IReadOnlyList<string> Bodies => [.. _bodies];

    public int Connections => Volatile.Read(ref _connections);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_serving);
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_ending.Token)));
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var held = socket;
        await using var stream = new SslStream(new NetworkStream(socket));
        try
        {
            Interlocked.Increment(ref _connections);
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions { ServerCertificate = _certificate, ApplicationProtocols = [SslApplicationProtocol.Http2] }, _ending.Token);
            await stream.ReadExactlyAsync(new byte[PrefaceLength], _ending.Token);
            await SendAsync(stream, Http2Frame.Settings, flags: 0, streamId: 0, []);
            await ServeFramesAsync(socket, stream);
        }
        catch (Exception left) when (left is IOException or OperationCanceledException or ObjectDisposedException or AuthenticationException)
        {
            // The other end left, or the script closed.
        }
    }

    private async Task ServeFramesAsync(Socket socket, SslStream stream)
    {
        var bodies = new Dictionary<int, StringBuilder>();
        while (true)
        {
            var (type, flags, id, payload) = await ReadAsync(stream);
            if (type == Http2Frame.Settings && (flags & Http2Frame.Ack) == 0) await SendAsync(stream, Http2Frame.Settings, Http2Frame.Ack, 0, []);
            if (type == Http2Frame.Ping && (flags & Http2Frame.Ack) == 0) await SendAsync(stream, Http2Frame.Ping, Http2Frame.Ack, 0, payload);
            if (type == Http2Frame.Headers) bodies[id] = new StringBuilder();
            if (type == Http2Frame.Data) bodies[id].Append(Encoding.UTF8.GetString(payload));
            if (type is not (Http2Frame.Headers or Http2Frame.Data) || (flags & Http2Frame.EndStream) == 0) continue;
            _bodies.Enqueue(bodies[id].ToString());
            await _script(new Http2Exchange(id, Interlocked.Increment(ref _count), socket, (kind, bits, on, bytes) => SendAsync(stream, kind, bits, on, bytes)));
        }
    }

    private async Task<(byte Type, byte Flags, int StreamId, byte[] Payload)> ReadAsync(SslStream stream)
    {
        var head = new byte[9];
        await stream.ReadExactlyAsync(head, _ending.Token);
        var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
        await stream.ReadExactlyAsync(payload, _ending.Token);
        return (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload);
    }

    private async Task SendAsync(SslStream stream, byte type, byte flags, int streamId, byte[] payload)
    {
        byte[] frame = [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, 0, .. payload];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), streamId);
        await stream.WriteAsync(frame, _ending.Token);
        await stream.FlushAsync(_ending.Token);
    }
}

/// <summary>The types and flags of frames (RFC 9113, section 6).</summary>
internal static class Http2Frame
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte ResetStream = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;
    public const byte EndStream = 1;
    public const byte Ack = 1;
    public const byte EndHeaders = 4;
}

/// <summary>A request that was read whole, and what can be done about it.</summary>
/// <param name="StreamId">Its stream.</param>
/// <param name="Number">Which request of the receiver it is, from 1.</param>
/// <param name="Socket">Its connection.</param>
/// <param name="Send">Writes a frame: type, flags, stream, payload.</param>
internal sealed record Http2Exchange(int StreamId, int Number, Socket Socket, Func<byte, byte, int, byte[], Task> Send)
{
    private const byte Status200 = 0x88; // RFC 7541, appendix A: entry 8.

    public Task AnswerAsync() => Send(Http2Frame.Headers, Http2Frame.EndHeaders | Http2Frame.EndStream, StreamId, [Status200]);

    /// <summary>The status, and some of a body that is to go on.</summary>
    public async Task BeginAnswerAsync()
    {
        await Send(Http2Frame.Headers, Http2Frame.EndHeaders, StreamId, [Status200]);
        await Send(Http2Frame.Data, 0, StreamId, "some"u8.ToArray());
    }

    /// <param name="code">RFC 9113, section 7.</param>
    public Task ResetStreamAsync(byte code) => Send(Http2Frame.ResetStream, 0, StreamId, [0, 0, 0, code]);

    /// <param name="lastStreamId">The last one that was, or may have been, acted on.</param>
    /// <param name="code">RFC 9113, section 7.</param>
    public Task GoAwayAsync(int lastStreamId, byte code) => Send(Http2Frame.GoAway, 0, 0, [0, 0, 0, (byte)lastStreamId, 0, 0, 0, code]);

    public Task CloseAsync()
    {
        Socket.Shutdown(SocketShutdown.Both);
        return Task.CompletedTask;
    }
}
