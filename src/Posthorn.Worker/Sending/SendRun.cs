namespace Posthorn.Worker.Sending;

/// <summary>
/// Reads files, sends them in batches with a few under way at once, and reports each envelope in the order of the files. A batch with an
/// ordering key goes alone: one that is tried again, or is slow, must not be overtaken.
/// </summary>
internal sealed class SendRun(ISendTarget target, SendReport report)
{
    private const int BatchSize = 500;
    private const long BatchBytes = 4 * 1024 * 1024;
    private const int MaxUnderWay = 4;

    /// <summary>Sends everything; a target that takes nothing more ends it, and what is left is reported as not sent.</summary>
    public async Task SendAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var underWay = new Queue<(IReadOnlyList<FiledEnvelope> Batch, Task<IReadOnlyList<SendOutcome>> Sending)>();
        foreach (var batch in Batches(files.SelectMany(EnvelopeFile.Read)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var most = batch.Any(HasKey) ? 1 : MaxUnderWay;
            if (!await EndDownToAsync(underWay, most - 1)) break;
            underWay.Enqueue((batch, target.SendAsync(batch, cancellationToken)));
            if (most == 1 && !await EndOneAsync(underWay)) break;
        }

        while (underWay.Count > 0) await EndOneAsync(underWay);
    }

    /// <summary>Whether it may have an ordering key; one that only mentions the word is sent alone too.</summary>
    private static bool HasKey(FiledEnvelope envelope) => envelope.Json.Span.IndexOf("ordering_key"u8) >= 0;

    private async Task<bool> EndDownToAsync(Queue<(IReadOnlyList<FiledEnvelope> Batch, Task<IReadOnlyList<SendOutcome>> Sending)> underWay, int left)
    {
        while (underWay.Count > left)
            if (!await EndOneAsync(underWay)) return false;
        return true;
    }

    private async Task<bool> EndOneAsync(Queue<(IReadOnlyList<FiledEnvelope> Batch, Task<IReadOnlyList<SendOutcome>> Sending)> underWay)
    {
        var (batch, sending) = underWay.Dequeue();
        try
        {
            report.Add(batch, await sending);
            return true;
        }
        catch (SendFailedException failed)
        {
            report.Fail(batch, failed.Message);
            return false;
        }
    }

    private static IEnumerable<IReadOnlyList<FiledEnvelope>> Batches(IEnumerable<FiledEnvelope> envelopes)
    {
        var batch = new List<FiledEnvelope>(BatchSize);
        var bytes = 0L;
        foreach (var envelope in envelopes)
        {
            if (batch.Count == BatchSize || (batch.Count > 0 && bytes + envelope.Json.Length > BatchBytes))
            {
                yield return batch;
                (batch, bytes) = (new List<FiledEnvelope>(BatchSize), 0);
            }

            batch.Add(envelope);
            bytes += envelope.Json.Length;
        }

        if (batch.Count > 0) yield return batch;
    }
}
