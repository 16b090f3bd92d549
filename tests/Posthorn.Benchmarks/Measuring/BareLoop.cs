using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Posthorn.Benchmarks.Reporting;

namespace Posthorn.Benchmarks.Measuring;

/// <summary>
/// What there is to be had from .NET's own client: one signed POST after the other, with nothing before or after. No queue, no lease, no
/// outcome that is kept; a connection pool as the worker's, without its guards. The number in flight is the one it did best with,
/// by the medians of trials that take turns, as a machine that others share is never the same for long.
/// </summary>
internal sealed class BareLoop : IDisposable
{
    private const int Trial = 10_000;
    private const int Trials = 3;
    private const int Usual = 32;
    private static readonly int[] ManyInFlight = [8, 16, 32, 64, 128, 256];
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly IReadOnlyList<Uri> _destinations;
    private readonly int _payload;
    private readonly HttpMessageInvoker _http;

    /// <param name="destinations">Where to, in turn.</param>
    /// <param name="payload">The bytes of a body.</param>
    public BareLoop(IReadOnlyList<Uri> destinations, int payload)
    {
        (_destinations, _payload) = (destinations, payload);
        _http = new HttpMessageInvoker(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, ActivityHeadersPropagator = null });
    }

    /// <summary>How many are in flight at once.</summary>
    public int InFlight { get; private set; } = Usual;

    /// <summary>Warms up, and finds the number in flight that it does best with.</summary>
    public async Task TuneAsync(CancellationToken cancellation)
    {
        var speeds = ManyInFlight.ToDictionary(inFlight => inFlight, _ => new List<double>());
        for (var trial = 0; trial <= Trials; trial++)
        {
            foreach (var (inFlight, each) in speeds)
            {
                InFlight = inFlight;
                var run = await RunAsync(Trial, cancellation);
                if (trial > 0) each.Add(run.PerSecond); // The first warms up, and makes the connections.
            }
        }

        InFlight = speeds.MaxBy(of => Samples.Median(of.Value)).Key;
        Report.Note($"bare: best with {InFlight} in flight");
    }

    /// <summary>Sends so many.</summary>
    public Task<LoopRun> RunAsync(int messages, CancellationToken cancellation) => ClosedLoop.RunAsync(InFlight, messages, n => SendAsync(n, cancellation), cancellation);

    public void Dispose() => _http.Dispose();

    /// <summary>One POST as the profile <c>standard</c> has it.</summary>
    private async Task SendAsync(int number, CancellationToken cancellation)
    {
        var id = $"bare_{number}";
        var body = Encoding.UTF8.GetBytes(Mail.Payload(id, _payload));
        var timestamp = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, _destinations[number % _destinations.Count]) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = Json;
        request.Headers.TryAddWithoutValidation("User-Agent", "bare/1.0");
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", $"{timestamp}");
        request.Headers.TryAddWithoutValidation("webhook-signature", Sign($"{id}.{timestamp}.", body));
        using var answer = await _http.SendAsync(request, cancellation);
        if (!answer.IsSuccessStatusCode) throw new BenchmarkException($"The receiver answered {(int)answer.StatusCode} to the bare loop.");
    }

    private static string Sign(string prefix, byte[] body)
    {
        var content = new byte[prefix.Length + body.Length];
        Encoding.ASCII.GetBytes(prefix, content);
        body.CopyTo(content, prefix.Length);
        return $"v1,{Convert.ToBase64String(HMACSHA256.HashData(SignedMail.Key, content))}";
    }
}
