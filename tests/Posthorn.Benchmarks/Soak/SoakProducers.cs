using System.Net;
using System.Text;
using System.Text.Json;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Processes;

namespace Posthorn.Benchmarks.Soak;

/// <summary>Producers at the API and at the queue's file, each sending a batch again until it is told that all of it is accepted.</summary>
internal sealed class SoakProducers(SoakPlan plan, SoakMail mail, SoakLedger ledger, Workbench bench) : IDisposable
{
    private const int MostOverApi = 20;
    private const int MostOfSend = 120;
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(60);
    private readonly Producer _api = new(bench.ApiPort);

    /// <summary>All of them; each finishes the batch it is at when there is to be no more trouble.</summary>
    public Task ProduceAsync(CancellationToken trouble, CancellationToken cancellation) => Task.WhenAll(
        ProduceAsync("api1", MostOverApi, PostAsync, trouble, cancellation),
        ProduceAsync("api2", MostOverApi, PostAsync, trouble, cancellation),
        ProduceAsync("api3", MostOverApi, PostAsync, trouble, cancellation),
        ProduceAsync("send", MostOfSend, SendAsync, trouble, cancellation));

    public void Dispose() => _api.Dispose();

    private async Task ProduceAsync(string name, int most, Func<string, SoakBatch, bool, CancellationToken, Task<bool>> tryAsync, CancellationToken trouble, CancellationToken cancellation)
    {
        for (var n = 0; !trouble.IsCancellationRequested; n++)
        {
            var batch = plan.Batch(name, most, n);
            ledger.Attempt(batch.Ids);
            for (var isFirst = true; !await tryAsync(name, batch, isFirst, cancellation); isFirst = false) await Task.Delay(Again, cancellation);
            ledger.Accept(batch.Ids);
            await Task.Delay(batch.Pause, cancellation);
        }
    }

    private async Task<bool> PostAsync(string name, SoakBatch batch, bool isFirst, CancellationToken cancellation)
    {
        var envelopes = batch.Ids.Select(mail.Of);
        try
        {
            var body = batch.IsStream ? string.Join('\n', envelopes) : $"[{string.Join(',', envelopes)}]";
            var status = await _api.PostAsync(Encoding.UTF8.GetBytes(body), batch.IsStream, cancellation);
            if (status is not (HttpStatusCode.Accepted or HttpStatusCode.ServiceUnavailable)) ledger.Note($"the API answered {(int)status} to {name}'s {batch.Ids[0]}");
            return status == HttpStatusCode.Accepted;
        }
        catch (Exception dead) when (dead is HttpRequestException or IOException)
        {
            return false; // So is the worker just now; whether it took the batch is not known.
        }
    }

    /// <summary>With <c>posthorn send</c>, whose first try may be killed: what it had reported by then is accepted.</summary>
    private async Task<bool> SendAsync(string name, SoakBatch batch, bool isFirst, CancellationToken cancellation)
    {
        var file = Path.Combine(bench.Folder, $"{name}.ndjson");
        await File.WriteAllLinesAsync(file, batch.Ids.Select(mail.Of), cancellation);
        await using var send = await bench.StartCommandAsync("send", file, "--json");
        if (isFirst && batch.CutShort is { } soon && !await send.EndsWithinAsync(soon, cancellation)) send.Kill();
        if (!await send.EndsWithinAsync(SendPatience, cancellation)) ledger.Note($"posthorn send did not end within {SendPatience} with {batch.Ids[0]}");
        ledger.Accept(send.Output.Select(AcceptedId).OfType<string>());
        return send.HasExited && send.ExitCode == 0;
    }

    /// <summary>The id of a line that reports an acceptance; null of any other, also of one that a kill cut short.</summary>
    private static string? AcceptedId(string line)
    {
        try
        {
            using var outcome = JsonDocument.Parse(line);
            return outcome.RootElement.TryGetProperty("outcome", out var what) && what.GetString() is "accepted" or "duplicate" ? outcome.RootElement.GetProperty("id").GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
