using System.Diagnostics;
using Posthorn.Benchmarks.Processes;
using Posthorn.Benchmarks.Receiving;

namespace Posthorn.Benchmarks.Measuring;

/// <summary>Mail that comes to a worker whatever became of the mail before, and when the receivers got it.</summary>
/// <param name="producer">Who hands it over.</param>
/// <param name="receiver">Who gets it.</param>
/// <param name="write">Writes an envelope with an id and a destination; null writes one that is like most.</param>
internal sealed class MailStream(Producer producer, ReceiverProcess receiver, Func<string, Uri, string>? write = null)
{
    private const int WarmUp = 2000;
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ArrivalPatience = TimeSpan.FromSeconds(10);

    /// <summary>Both ways that mail comes in and goes out, until the compiler and the connections are warm and nothing is left to do.</summary>
    public Task WarmUpAsync(Uri url, int rate, CancellationToken cancellation) => WarmUpAsync(url, rate, "warm", cancellation);

    /// <inheritdoc cref="WarmUpAsync(Uri, int, CancellationToken)"/>
    /// <param name="url">Where it goes.</param>
    /// <param name="rate">How much of it comes in a second.</param>
    /// <param name="name">What the ids begin with: none may come twice.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task WarmUpAsync(Uri url, int rate, string name, CancellationToken cancellation)
    {
        await producer.AcceptAsync(string.Join('\n', Enumerable.Range(0, WarmUp).Select(n => Write($"{name}_{n}", url))), isStream: true, cancellation);
        await OpenLoop.RunAsync(OpenLoop.Dues(rate, TimeSpan.FromSeconds(1)), n => producer.AcceptAsync(Write($"{name}er_{n}", url), isStream: false, cancellation), cancellation);
        if (!await Until.IsAsync(async () => await producer.PendingAsync(cancellation) == 0, DrainPatience, cancellation)) throw new BenchmarkException("The worker did not deliver what was to warm it up.");
        await Task.Delay(TimeSpan.FromMilliseconds(500), cancellation); // What it notes of the last ones.
        await receiver.ForgetAsync();
    }

    /// <summary>Hands all of it over when it is due, and waits a while for what of it is measured.</summary>
    /// <param name="mail">In the order in which it is due.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task<Lateness> ArriveAsync(IReadOnlyList<TimedMail> mail, CancellationToken cancellation)
    {
        var bodies = mail.Select(each => Write(each.Id, each.Url)).ToList();
        var sent = await OpenLoop.RunAsync([.. mail.Select(each => each.Due)], n => producer.AcceptAsync(bodies[n], isStream: false, cancellation), cancellation);
        var wanted = mail.Index().Where(each => each.Item.IsMeasured).ToDictionary(each => each.Item.Id, each => sent[each.Index]);
        var arrived = new Dictionary<string, long>();
        await Until.IsAsync(
            async () => (await receiver.CountAsync()).Arrived >= wanted.Count && wanted.Keys.All((arrived = FirstArrivals(await receiver.ArrivalsAsync())).ContainsKey),
            ArrivalPatience, cancellation);
        return Lateness.Of(wanted, arrived, Stopwatch.GetTimestamp());
    }

    /// <summary>When each id came first; a second time counts for nothing.</summary>
    public static Dictionary<string, long> FirstArrivals(IReadOnlyList<Arrival> arrivals) =>
        arrivals.GroupBy(arrival => arrival.Id).ToDictionary(same => same.Key, same => same.Min(arrival => arrival.At), StringComparer.Ordinal);

    private string Write(string id, Uri url) => write is null ? Mail.Of(id, url) : write(id, url);
}

/// <summary>One piece of mail that is due at its time.</summary>
/// <param name="Due">From the start.</param>
/// <param name="Id">Its id.</param>
/// <param name="Url">Where it goes.</param>
/// <param name="IsMeasured">Whether it is waited for.</param>
internal readonly record struct TimedMail(TimeSpan Due, string Id, Uri Url, bool IsMeasured = true);
