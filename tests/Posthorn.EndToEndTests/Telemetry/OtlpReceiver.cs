using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Posthorn.EndToEndTests.Telemetry;

/// <summary>An OTLP/HTTP endpoint that keeps what it is sent.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _requests = new();

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(Port));
        _app = builder.Build();
        _app.Run(ReceiveAsync);
    }

    public int Port { get; } = Ports.Free();

    /// <summary>Makes a process export here, at short intervals.</summary>
    public void Attract(IDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{Port}";
        environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        environment["OTEL_METRIC_EXPORT_INTERVAL"] = "300";
        environment["OTEL_BSP_SCHEDULE_DELAY"] = "100";
    }

    public int Requests => _requests.Count;

    /// <summary>Everything it was sent, as text.</summary>
    public string Everything => string.Join('\n', _requests.Select(request => Encoding.UTF8.GetString(request.Body)));

    public IReadOnlyList<ExportedSpan> Spans =>
    [
        .. from resource in Of("/v1/traces")
           from scope in resource.Messages(2)
           from span in scope.Messages(2)
           select new ExportedSpan(
               span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5), (int)span.Number(6), span.Attributes(9),
               [.. span.Messages(13).Select(link => link.Hex(2))], resource.Messages(1).First().Attributes(1)["service.name"]),
    ];

    /// <summary>The metrics by name, each with the labels of all its points.</summary>
    public ILookup<string, IReadOnlyDictionary<string, string>> Metrics =>
        (from resource in Of("/v1/metrics")
         from scope in resource.Messages(2)
         from metric in scope.Messages(2)
         from data in new[] { (Field: 5, Labels: 7), (Field: 7, Labels: 7), (Field: 9, Labels: 9) }
         from points in metric.Messages(data.Field)
         from point in points.Messages(1)
         select (Name: metric.Text(1), Labels: point.Attributes(data.Labels))).ToLookup(point => point.Name, point => point.Labels);

    public bool HasLogs => _requests.Any(request => request.Path == "/v1/logs");

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private IEnumerable<ProtoMessage> Of(string path) => _requests.Where(request => request.Path == path).SelectMany(request => new ProtoMessage(request.Body).Messages(1));

    private async Task ReceiveAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        _requests.Enqueue((http.Request.Path.Value ?? "", body.ToArray()));
        http.Response.ContentType = "application/x-protobuf";
    }
}

/// <summary>One span as it was exported.</summary>
/// <param name="Trace">Its trace's id.</param>
/// <param name="Id">Its own id.</param>
/// <param name="Parent">Its parent's id; empty of a root.</param>
/// <param name="Name">Its name.</param>
/// <param name="Kind">3 is a client's, 4 a producer's, 5 a consumer's.</param>
/// <param name="Attributes">Its attributes.</param>
/// <param name="Links">The ids of the spans it is linked with.</param>
/// <param name="Service">Who exported it.</param>
public sealed record ExportedSpan(
    string Trace, string Id, string Parent, string Name, int Kind, IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<string> Links, string Service);
