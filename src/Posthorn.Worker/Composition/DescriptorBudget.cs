using System.Globalization;
using Posthorn.Sending;

namespace Posthorn.Worker.Composition;

/// <summary>
/// Keeps some of the process's descriptors back from its connections. A thread that .NET cannot start for want of them ends the whole
/// process, and so would a busy day of many destinations under a low <c>ulimit -n</c>.
/// </summary>
/// <param name="limit">How many the process may have open.</param>
/// <param name="count">Counts those that it has open.</param>
internal sealed class DescriptorBudget(int limit, Func<int> count)
{
    /// <summary>What is kept back: for threads, two each, for the database's files and for libraries that are loaded when first needed.</summary>
    public const int Reserve = 64;

    private const int Plenty = 4096;
    private const string Limits = "/proc/self/limits";
    private const string Open = "/proc/self/fd";
    private static readonly TimeSpan ShortIdleness = TimeSpan.FromSeconds(2);
    private readonly Lock _gate = new();
    private int _left;

    /// <summary>The budget of this process; where the system does not tell, there is no limit.</summary>
    public static DescriptorBudget OfThisProcess() => File.Exists(Limits)
        ? new DescriptorBudget(ReadLimit(File.ReadAllLines(Limits)), () => Directory.GetFileSystemEntries(Open).Length)
        : new DescriptorBudget(int.MaxValue, () => 0);

    /// <summary>The API's share: a quarter of what is free now, up to a number.</summary>
    public int ForApi(int most) => Math.Clamp((limit - count()) / 4, 1, most);

    /// <summary>Makes a handler ask before it connects; where descriptors are few, idle connections do not keep others waiting for long.</summary>
    public void Guard(SocketsHttpHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (handler.ConnectCallback is { } connect) handler.ConnectCallback = (context, cancellation) => ConnectAsync(connect, context, cancellation);
        if (limit < Plenty) handler.PooledConnectionIdleTimeout = ShortIdleness;
    }

    /// <summary>Takes one descriptor.</summary>
    /// <exception cref="LocalLimitException">None is left.</exception>
    public void Take()
    {
        lock (_gate)
        {
            // Counting takes time, so half of what is free is given away before it is counted again: others take some too.
            if (_left == 0) _left = Math.Max(0, (limit - Reserve - count() + 1) / 2);
            if (_left == 0) throw new LocalLimitException($"too many open files for another connection: this process may have {limit}");
            _left--;
        }
    }

    /// <summary>The soft limit, which .NET raised to the hard one when it started.</summary>
    internal static int ReadLimit(IEnumerable<string> lines)
    {
        var words = lines.FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal))?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [_, _, _, var soft, ..] && int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) ? limit : int.MaxValue;
    }

    private ValueTask<Stream> ConnectAsync(
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect, SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        Take();
        return connect(context, cancellation);
    }
}
