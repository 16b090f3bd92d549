using System.Net;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Signing;

namespace Posthorn.Client.Direct;

/// <summary>One envelope as a producer would post it, and its place in what was handed over.</summary>
internal sealed record DirectSubmission(string Id, string Root, ReadOnlyMemory<byte> Json)
{
    public static DirectSubmission Of(NotificationEnvelope envelope, string id, string root) => new(id, root, ProducerJson.Of(envelope, id));
}

/// <summary>The way in without a queue: judges and composes as the worker does, all or nothing.</summary>
internal sealed class DirectIntake(EnvelopeReader reader, SecretStores stores, TimeProvider clock)
{
    /// <exception cref="PosthornRejectedException">One of them is faulty; every fault of all is named.</exception>
    public IReadOnlyList<Envelope> Read(IEnumerable<DirectSubmission> submissions)
    {
        var faults = new List<(string Root, EnvelopeError Error)>();
        var envelopes = new List<Envelope>();
        foreach (var submission in submissions)
        {
            // A message without properties is a plain envelope, whose secrets are in clear.
            var message = new QueueMessage { MessageId = submission.Id, Body = submission.Json };
            if (!reader.TryRead(message, clock.GetUtcNow(), out var envelope, out var errors)) faults.AddRange(errors.Select(error => (submission.Root, error)));
            else if (envelope.DeliverAfter > clock.GetUtcNow()) faults.Add((submission.Root, new EnvelopeError("$.deliver_after", "is later than now; direct mode keeps nothing until then")));
            else if (stores.Problems(envelope.Destination) is { Count: > 0 } missing) faults.AddRange(missing.Select(error => (submission.Root, error)));
            else envelopes.Add(envelope);
        }

        return faults.Count == 0 ? envelopes : throw Rejection(faults);
    }

    private static PosthornRejectedException Rejection(List<(string Root, EnvelopeError Error)> faults)
    {
        var tooLarge = faults.TrueForAll(fault => fault.Error.Reason == DeadLetterReason.PayloadTooLarge);
        var told = faults.Select(fault => new RejectionFault(fault.Root + fault.Error.Path[1..], fault.Error.Detail)).Distinct();
        return new PosthornRejectedException(tooLarge ? HttpStatusCode.RequestEntityTooLarge : HttpStatusCode.BadRequest, "Nothing of this call was sent.", [.. told]);
    }
}
