using Posthorn.Envelopes;

namespace Posthorn.Worker.Api.Requests;

/// <summary>What is to be recovered.</summary>
/// <param name="Since">From when (RFC 3339); required.</param>
/// <param name="Until">Until when; now when left out.</param>
/// <param name="Rate">The most messages a second.</param>
public sealed record RecoveryRequest(DateTimeOffset Since, DateTimeOffset Until, int Rate)
{
    private const int MaxRate = 10_000;

    internal static RecoveryRequest? Read(ReadOnlyMemory<byte> json, DateTimeOffset now, int defaultRate, List<EnvelopeError> errors)
    {
        var notes = new FieldNotes(errors);
        var request = JsonFields.Read(json, "a recovery", fields =>
        {
            fields.AcceptOnly("since", "until", "rate");
            var (since, until, rate) = (fields.Text("since"), fields.Text("until"), fields.Whole("rate") ?? defaultRate);
            if (since is null) notes.Add("$.since", "is required: a time such as 2026-01-31T12:00:00Z (RFC 3339)");
            if (rate is < 1 or > MaxRate) notes.Add("$.rate", $"{rate} is not accepted; accepted: messages a second from 1 to {MaxRate}");
            return new RecoveryRequest(notes.Time("$.since", since) ?? now, notes.Time("$.until", until) ?? now, rate);
        }, errors);
        if (request?.Until < request?.Since) notes.Add("$.until", "is before since");
        return errors.Count == 0 ? request : null;
    }
}
