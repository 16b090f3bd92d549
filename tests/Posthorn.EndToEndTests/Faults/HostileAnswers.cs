using System.IO.Compression;
using System.Text;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>What receivers do that mean harm, or are broken as badly.</summary>
internal static class HostileAnswers
{
    private static readonly TimeSpan Drop = TimeSpan.FromMilliseconds(50);

    /// <summary>A well-behaved answer, on a connection that is kept.</summary>
    public static Func<HostileExchange, Task> Status(int status, string headers = "") => exchange => exchange.WriteAsync($"HTTP/1.1 {status} Scripted\r\n{headers}Content-Length: 2\r\n\r\nok");

    /// <summary>These bytes, and then the end of the connection.</summary>
    public static Func<HostileExchange, Task> Bytes(string answer) => async exchange =>
    {
        await exchange.WriteAsync(answer);
        await exchange.CloseAsync();
    };

    /// <summary>Another answer for each request; the last one for all that follow.</summary>
    public static Func<HostileExchange, Task> InTurn(params Func<HostileExchange, Task>[] answers) => exchange => answers[Math.Min(exchange.Number, answers.Length) - 1](exchange);

    public static Task Reset(HostileExchange exchange) => exchange.ResetAsync();

    /// <summary>Half-open: the connection stands, and nothing ever comes.</summary>
    public static Task Silence(HostileExchange exchange) => exchange.UntilLeftAsync();

    /// <summary>One header after the other, for ever.</summary>
    public static async Task DripHeaders(HostileExchange exchange)
    {
        await exchange.WriteAsync("HTTP/1.1 200 OK\r\n");
        await DripAsync(exchange, "X-Drop: 1\r\n");
    }

    /// <summary>One informational answer after the other, for ever.</summary>
    public static Task DripInformation(HostileExchange exchange) => DripAsync(exchange, "HTTP/1.1 103 Early Hints\r\n\r\n");

    /// <summary>A status at once, and then a body that takes hours.</summary>
    public static Func<HostileExchange, Task> DripBody(int status) => async exchange =>
    {
        await exchange.WriteAsync($"HTTP/1.1 {status} Scripted\r\nContent-Length: 1000000\r\n\r\n");
        await DripAsync(exchange, ".");
    };

    /// <summary>A body without an end, as fast as it is taken; <paramref name="written"/> is told how much was.</summary>
    public static Func<HostileExchange, Task> InfiniteBody(int status, Action<int> written) => async exchange =>
    {
        var block = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));
        await exchange.WriteAsync($"HTTP/1.1 {status} Scripted\r\n\r\n");
        while (true)
        {
            await exchange.WriteAsync(block);
            written(block.Length);
        }
    };

    /// <summary>Informational answers without an end, as fast as they are taken.</summary>
    public static Func<HostileExchange, Task> Flood(int status) => async exchange =>
    {
        var block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"HTTP/1.1 {status} Scripted\r\nLink: </style.css>\r\n\r\n", 500)));
        while (true) await exchange.WriteAsync(block);
    };

    /// <summary>A body of so many bytes in so many headers.</summary>
    public static Func<HostileExchange, Task> Headers(int count, int length) =>
        Bytes($"HTTP/1.1 200 OK\r\n{string.Concat(Enumerable.Range(0, count).Select(n => $"X-{n}: {new string('x', length)}\r\n"))}Content-Length: 0\r\n\r\n");

    /// <summary>A hundred megabytes of one letter, in a few kilobytes.</summary>
    public static Func<HostileExchange, Task> GzipBomb(int status) => async exchange =>
    {
        await exchange.WriteAsync($"HTTP/1.1 {status} Scripted\r\nContent-Encoding: gzip\r\nContent-Type: text/plain\r\nContent-Length: {Bomb.Value.Length}\r\n\r\n");
        await exchange.WriteAsync(Bomb.Value);
    };

    private static async Task DripAsync(HostileExchange exchange, string drop)
    {
        while (true)
        {
            await exchange.WriteAsync(drop);
            await Task.Delay(Drop, exchange.Ending);
        }
    }

    private static readonly Lazy<byte[]> Bomb = new(() =>
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var block = Encoding.ASCII.GetBytes(new string('A', 1024 * 1024));
            for (var n = 0; n < 100; n++) gzip.Write(block);
        }

        return packed.ToArray();
    });
}
