using System.Buffers;
using System.IO.Pipelines;
using Posthorn.Access;
using Posthorn.Envelopes;
using Posthorn.Queues;

namespace Posthorn.Worker.Api;

/// <summary>
/// A stream of envelopes or events, one a line, put on the queue in chunks while it still comes in. A faulty line ends it: the lines before
/// are accepted and the answer says how many, so a producer goes on from there.
/// </summary>
public sealed class IntakeStream(IntakeEndpoint intake, IDeliveryQueue queue, Caller caller)
{
    private const int MaxLines = 1_000_000; // Their ids are in the answer.
    private const int ChunkMessages = 500;
    private const int ChunkBytes = 2 * 1024 * 1024;
    private readonly List<(IntakeResult Item, QueueMessage Message, int Line)> _chunk = [];
    private readonly List<string> _ids = [];
    private int _chunkBytes;
    private int _duplicates;
    private int _line;

    /// <summary>Reads to the end, or to the first fault; whatever ends it, the answer says what was accepted.</summary>
    public async Task<IResult> ReadAsync(PipeReader body, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(body);
        try
        {
            return await ReadLinesAsync(body, cancellationToken);
        }
        catch (QueueUnavailableException unavailable)
        {
            return Partly(StatusCodes.Status503ServiceUnavailable, [new Fault($"$[{_line - 1}]", $"the queue is unavailable: {unavailable.Message}")]);
        }
        catch (MessageTooLargeException tooLarge)
        {
            return Partly(StatusCodes.Status413PayloadTooLarge, [new Fault($"$[{_line - 1}]", tooLarge.Message)]);
        }
        catch (BadHttpRequestException bad)
        {
            return Partly(bad.StatusCode, [new Fault($"$[{_line}]", bad.Message)]);
        }
    }

    private async Task<IResult> ReadLinesAsync(PipeReader body, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (TryTakeLine(ref rest, read.IsCompleted, out var line))
            {
                IResult? problem;
                try
                {
                    problem = await TakeAsync(line, cancellationToken);
                }
                catch (Exception refused) when (refused is QueueUnavailableException or MessageTooLargeException)
                {
                    body.AdvanceTo(read.Buffer.End);
                    throw;
                }

                if (problem is null) continue;
                body.AdvanceTo(read.Buffer.End); // What is left is for the server to drain, so that the connection can be kept.
                return problem;
            }

            body.AdvanceTo(rest.Start, rest.End);
            if (rest.Length > EnvelopeV1.MaxBytes) return await StopAsync([TooLong(rest.Length)], StatusCodes.Status413PayloadTooLarge, cancellationToken);
            if (read.IsCompleted) break;
        }

        return await FlushAsync(cancellationToken)
            ?? AcceptedAnswer.Result(_ids, _duplicates);
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, bool isLast, out byte[] line)
    {
        var end = rest.PositionOf((byte)'\n');
        if (end is null && (!isLast || rest.IsEmpty))
        {
            line = [];
            return false;
        }

        line = rest.Slice(0, end ?? rest.End).ToArray();
        rest = end is { } newline ? rest.Slice(rest.GetPosition(1, newline)) : rest.Slice(rest.End);
        return true;
    }

    private async Task<IResult?> TakeAsync(byte[] line, CancellationToken cancellationToken)
    {
        var index = _line++;
        if (line.AsSpan().Trim(" \t\r"u8).IsEmpty) return null;
        if (_ids.Count + _chunk.Count >= MaxLines)
            return await StopAsync([new Fault($"$[{index}]", $"is beyond the {MaxLines} {intake.Nouns} of one stream; send the rest as another")], StatusCodes.Status413PayloadTooLarge, cancellationToken);
        var result = intake.Read(line, caller);
        if (result.Message is not { } message)
            return await StopAsync([.. result.Errors.Select(error => Fault.Of(error, $"$[{index}]"))], IntakeEndpoint.StatusOf([result]), cancellationToken);

        _chunk.Add((result, message, index));
        _chunkBytes += line.Length;
        return _chunk.Count >= ChunkMessages || _chunkBytes >= ChunkBytes ? await FlushAsync(cancellationToken) : null;
    }

    /// <summary>Puts the chunk on the queue; an id that came before with another body ends the stream before its line.</summary>
    private async Task<IResult?> FlushAsync(CancellationToken cancellationToken)
    {
        if (_chunk.Count == 0) return null;
        var outcomes = await queue.EnqueueAsync(_chunk.ConvertAll(each => each.Message), cancellationToken);
        var conflict = outcomes.Index().Where(each => each.Item == EnqueueOutcome.Conflict).Select(each => (int?)each.Index).FirstOrDefault();
        if (conflict is { } at)
        {
            var (item, _, line) = _chunk[at];
            _chunk.RemoveRange(at, _chunk.Count - at);
            return await FlushAsync(cancellationToken) ?? Partly(StatusCodes.Status409Conflict, [IntakeEndpoint.Conflict(item.Id, $"$[{line}]")]);
        }

        _ids.AddRange(_chunk.Select(each => each.Item.Id));
        intake.Note(_chunk.Select(each => each.Item));
        _duplicates += outcomes.Count(outcome => outcome == EnqueueOutcome.Duplicate);
        _chunk.Clear();
        _chunkBytes = 0;
        return null;
    }

    private async Task<IResult> StopAsync(IReadOnlyList<Fault> faults, int status, CancellationToken cancellationToken) =>
        await FlushAsync(cancellationToken) ?? Partly(status, faults);

    private Problem Partly(int status, IReadOnlyList<Fault> faults) =>
        Problem.Of(status, $"The {_ids.Count} {intake.Nouns} before the fault are accepted; nothing after it was read.", faults) with { Accepted = _ids.Count, Ids = _ids };

    private Fault TooLong(long length) => new($"$[{_line}]", $"has more than {length - 1} bytes in one line; one has at most {EnvelopeV1.MaxBytes}");
}
