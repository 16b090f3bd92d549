using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>A receiver on bare sockets: it reads each request whole, and then does with the connection what its script says.</summary>
internal sealed class HostileReceiver : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentQueue<Received> _requests = new();
    private readonly ConcurrentQueue<long> _departures = new();
    private readonly ConcurrentBag<Task> _serving = [];
    private readonly Func<HostileExchange, Task> _script;
    private readonly X509Certificate2? _certificate;
    private readonly string _greeting;
    private readonly Task _accepting;
    private int _connections;
    private int _count;

    /// <param name="script">What it does after each request; <see cref="HostileAnswers"/> has some.</param>
    /// <param name="certificate">It speaks TLS with this; else in clear.</param>
    /// <param name="address">Where it listens. Default: 127.0.0.1.</param>
    /// <param name="greeting">What it says before it is asked anything.</param>
    public HostileReceiver(Func<HostileExchange, Task> script, X509Certificate2? certificate = null, IPAddress? address = null, string greeting = "")
    {
        (_script, _certificate, _greeting) = (script, certificate, greeting);
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        if (IPAddress.IPv6Any.Equals(address)) _listener.Server.DualMode = true;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyList<Received> Requests => [.. _requests];

    /// <summary>How many connections were opened to it, whether or not a request came.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>When the sender left in the middle of an answer, on the monotonic clock.</summary>
    public IReadOnlyList<long> Departures => [.. _departures];

    public Uri Url(string path = "/hook") => new(_certificate is null ? $"http://127.0.0.1:{Port}{path}" : $"https://localhost:{Port}{path}");

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
            while (true) _serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_ending.Token), Interlocked.Increment(ref _connections)));
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException || _ending.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket socket, int connection)
    {
        using var held = socket;
        try
        {
            await using var stream = await SecuredAsync(new NetworkStream(socket));
            await stream.WriteAsync(Encoding.ASCII.GetBytes(_greeting), _ending.Token);
            while (await ReadAsync(stream) is { } request)
            {
                _requests.Enqueue(request);
                var exchange = new HostileExchange(socket, stream, request, Interlocked.Increment(ref _count), connection, _ending.Token);
                await _script(exchange);
                if (exchange.IsOver) return;
            }
        }
        catch (Exception left) when (left is IOException or OperationCanceledException or ObjectDisposedException or AuthenticationException)
        {
            _departures.Enqueue(Stopwatch.GetTimestamp());
        }
    }

    private async Task<Stream> SecuredAsync(NetworkStream stream)
    {
        if (_certificate is null) return stream;
        var secured = new SslStream(stream);
        await secured.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _ending.Token);
        return secured;
    }

    private async Task<Received?> ReadAsync(Stream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!EndsHead(head))
        {
            if (await stream.ReadAsync(one, _ending.Token) == 0) return null;
            head.Add(one[0]);
        }

        var lines = Encoding.Latin1.GetString([.. head]).TrimEnd().Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1])).ToList();
        var body = new byte[int.Parse(headers.SingleOrDefault(header => header.Key == "Content-Length").Value ?? "0")];
        await stream.ReadExactlyAsync(body, _ending.Token);
        return new Received(lines[0], headers, body, Stopwatch.GetTimestamp());
    }

    private static bool EndsHead(List<byte> bytes) => bytes.Count >= 4 && bytes[^4] == '\r' && bytes[^3] == '\n' && bytes[^2] == '\r' && bytes[^1] == '\n';
}

/// <summary>A request that was read, and the connection to answer on.</summary>
/// <param name="Socket">The connection.</param>
/// <param name="Stream">The same, inside TLS if there is any.</param>
/// <param name="Request">The request.</param>
/// <param name="Number">Which request of the receiver it is, from 1.</param>
/// <param name="Connection">Which connection it came on, from 1.</param>
/// <param name="Ending">The test is over.</param>
internal sealed record HostileExchange(Socket Socket, Stream Stream, Received Request, int Number, int Connection, CancellationToken Ending)
{
    /// <summary>Whether the connection is not to be read from again.</summary>
    public bool IsOver { get; private set; }

    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await Stream.WriteAsync(bytes, Ending);
        await Stream.FlushAsync(Ending);
    }

    /// <summary>Ends the connection in good order: what was written arrives.</summary>
    public async Task CloseAsync()
    {
        if (Stream is SslStream secured) await secured.ShutdownAsync();
        Socket.Shutdown(SocketShutdown.Send);
        IsOver = true;
    }

    /// <summary>Ends the connection with a reset.</summary>
    public Task ResetAsync()
    {
        Socket.LingerState = new LingerOption(enable: true, 0);
        Socket.Close();
        IsOver = true;
        return Task.CompletedTask;
    }

    /// <summary>Waits until the other side closes.</summary>
    public async Task UntilLeftAsync()
    {
        await Stream.ReadExactlyAsync(new byte[1], Ending); // Nothing is to come; the end is an exception, noted as a departure.
    }
}
