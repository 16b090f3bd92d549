using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Posthorn.Amqp.Connections;

namespace Posthorn.Worker.Amqp.Listening;

/// <summary>Takes connections with TLS, and gives them to the AMQP listener once the peers' hands are shaken.</summary>
internal sealed class TlsListener(AmqpListener listener, X509Certificate2 certificate, TimeProvider clock) : IAsyncDisposable
{
    private const int Backlog = 512;
    private const int MostShaking = 200;
    private static readonly TimeSpan LongestShake = TimeSpan.FromSeconds(10);
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _shaking = new(MostShaking, MostShaking);
    private Socket? _socket;
    private Task _accepting = Task.CompletedTask;

    /// <summary>Where it listens; null before <see cref="Start"/>.</summary>
    public IPEndPoint? LocalEndPoint => _socket?.LocalEndPoint as IPEndPoint;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="SocketException">The address is taken or isn't ours.</exception>
    public void Start(IPEndPoint address)
    {
        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _socket.Bind(address);
        _socket.Listen(Backlog);
        _accepting = AcceptAsync(_socket);
    }

    /// <summary>Takes no more connections; those there are belong to the AMQP listener.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _socket?.Dispose();
        await _accepting;
        certificate.Dispose();
    }

    private async Task AcceptAsync(Socket socket)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _shaking.WaitAsync(_stopping.Token);
                _ = ServeAsync(await socket.AcceptAsync(_stopping.Token));
            }
            catch (Exception over) when (over is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                _shaking.Release();
                await Task.Delay(TimeSpan.FromMilliseconds(10), clock, CancellationToken.None); // Out of handles, mostly.
            }
        }
    }

#pragma warning disable CA1031 // What a peer does to its connection is that peer's matter.
    private async Task ServeAsync(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
            if (!await ShakeAsync(stream)) return;
            await using var transport = new StreamTransport(stream);
            await listener.ServeAsync(transport);
        }
        catch (Exception)
        {
            socket.Dispose();
        }
    }
#pragma warning restore CA1031

    private async Task<bool> ShakeAsync(SslStream stream)
    {
        try
        {
            using var patience = new CancellationTokenSource(LongestShake, clock);
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stopping.Token);
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, ending.Token);
            return true;
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException or OperationCanceledException)
        {
            return false;
        }
        finally
        {
            _shaking.Release();
        }
    }
}
