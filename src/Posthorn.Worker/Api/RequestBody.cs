using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace Posthorn.Worker.Api;

/// <summary>Reads the body of a request, up to a bound.</summary>
public static class RequestBody
{
    /// <summary>The largest JSON request, in bytes: 10 MiB. A stream of lines has no limit but that of each line.</summary>
    public const int MaxBytes = 10 * 1024 * 1024;

    /// <summary>The most that is read, in bytes, of a request that is too large; beyond it the connection is cut.</summary>
    public const int MaxDrainedBytes = 10 * MaxBytes;

    /// <summary>The media type without its parameters.</summary>
    public static string MediaType(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.ContentType?.Split(';')[0].Trim() ?? "";
    }

    /// <summary>Takes away the bound of a body that is read as a stream.</summary>
    public static void Unbind(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = null;
    }

    /// <summary>
    /// A JSON body; or the answer to one that is too large or of another type. A browser sends other types across origins without
    /// asking; JSON it asks for first, and is not answered.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="isOptional">Whether the body may be absent, and is then an empty object.</param>
    /// <param name="maxBytes">The bound.</param>
    public static async Task<(ReadOnlyMemory<byte> Json, Problem? Problem)> ReadJsonAsync(HttpContext http, bool isOptional = false, int maxBytes = MaxBytes)
    {
        ArgumentNullException.ThrowIfNull(http);
        var hasBody = http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;
        if (isOptional && (!hasBody || http.Request.ContentLength == 0)) return ("{}"u8.ToArray(), null);
        if (!MediaType(http.Request).Equals("application/json", StringComparison.OrdinalIgnoreCase))
            return (default, Problem.Of(StatusCodes.Status415UnsupportedMediaType, "Send Content-Type: application/json."));
        return await ReadAllAsync(http, maxBytes) is { } json
            ? (json, null)
            : (default, Problem.Of(StatusCodes.Status413PayloadTooLarge, $"This request has at most {maxBytes} bytes."));
    }

    /// <summary>
    /// The whole body; null when it is too large. That is read to its end too, as a client that still writes would not see the answer. It lives
    /// as long as the request: what is to be kept of it is copied.
    /// </summary>
    public static async Task<ReadOnlyMemory<byte>?> ReadAllAsync(HttpContext http, int maxBytes = MaxBytes)
    {
        ArgumentNullException.ThrowIfNull(http);
        var buffer = new RentedBuffer((int)Math.Clamp(http.Request.ContentLength ?? 4096, 0, maxBytes));
        http.Response.RegisterForDispose(buffer);
        var body = http.Request.BodyReader;
        var isTooLarge = false;
        for (var isOver = false; !isOver;)
        {
            var read = await body.ReadAsync(http.RequestAborted);
            isTooLarge |= buffer.Written.Length + read.Buffer.Length > maxBytes;
            if (!isTooLarge)
                foreach (var piece in read.Buffer) buffer.Write(piece.Span);
            isOver = read.IsCompleted;
            body.AdvanceTo(read.Buffer.End);
        }

        if (isTooLarge) return null;
        return buffer.Written;
    }

    /// <summary>Bytes of the shared pool: a large array of its own for each request would be most of the collector's work.</summary>
    private sealed class RentedBuffer(int capacity) : IDisposable
    {
        private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);
        private int _length;

        public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

        public void Write(ReadOnlySpan<byte> more)
        {
            if (more.Length > _bytes.Length - _length) Grow(_length + more.Length);
            more.CopyTo(_bytes.AsSpan(_length));
            _length += more.Length;
        }

        public void Dispose()
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            (_bytes, _length) = ([], 0);
        }

        private void Grow(int atLeast)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(atLeast, 2 * _bytes.Length));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
    }
}
