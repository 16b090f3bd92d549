using System.Net.Sockets;
using System.Security.Authentication;

namespace Posthorn.Sending;

/// <summary>Makes a result's words of an exception: the one place where the sender's exceptions end.</summary>
internal static class SendErrors
{
    private const int MaxDetail = 300;

    public static (SendError Error, string Detail) Classify(Exception exception)
    {
        var detail = Cause(exception);
        return exception switch
        {
            _ when Find<LocalLimitException>(exception) is not null || Find<SocketException>(exception) is { SocketErrorCode: SocketError.TooManyOpenSockets } => (SendError.LocalLimit, detail),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => (SendError.NameResolution, detail),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => (SendError.Tls, detail),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError, InnerException: OperationCanceledException or TimeoutException } => (SendError.Connect, "no connection within 10 s"),
            HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } } => (SendError.NameResolution, detail),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => (SendError.Connect, detail),
            HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } => (SendError.ConnectionLost, "the connection ended before the answer"),
            // .NET's words for these quote the peer, who may echo what it was sent.
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } or HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse }
                => (SendError.InvalidResponse, "the answer is not HTTP"),
            HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => (SendError.InvalidResponse, "the answer's headers are beyond 64 KB"),
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError, StatusCode: var status } => (SendError.Connect, $"the proxy refuses: HTTP {(int?)status}"),
            HttpRequestException { HttpRequestError: HttpRequestError.HttpProtocolError } => (SendError.ConnectionLost, detail),
            _ when Find<AuthenticationException>(exception) is not null => (SendError.Tls, detail),
            _ when Find<SocketException>(exception) is not null => (SendError.ConnectionLost, detail),
            _ when Find<IOException>(exception) is not null => (SendError.ConnectionLost, detail),
            OperationCanceledException => (SendError.Connect, "no connection within 10 s"), // The deadline and the stop are told apart before.
            _ => (SendError.Other, exception.GetType().Name),
        };
    }

    public static T? Find<T>(Exception exception)
        where T : Exception
    {
        for (var each = exception; each is not null; each = each.InnerException)
            if (each is T found) return found;
        return null;
    }

    private static string Cause(Exception exception)
    {
        var innermost = exception;
        while (innermost.InnerException is { } inner) innermost = inner;
        var line = string.Concat(innermost.Message.Select(c => char.IsControl(c) ? ' ' : c));
        return line.Length <= MaxDetail ? line : line[..MaxDetail] + "…";
    }
}
