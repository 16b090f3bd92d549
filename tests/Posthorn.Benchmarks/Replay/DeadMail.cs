using System.Text;
using Microsoft.Extensions.Configuration;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Queues;
using Posthorn.Sending;
using Posthorn.Settings;
using Posthorn.Signing;
using Posthorn.Worker.Sealing;

namespace Posthorn.Benchmarks.Replay;

/// <summary>Dead letters as workers leave them behind: accepted a day ago, tried six times, over several destinations, profiles, types, tenants and causes.</summary>
internal sealed class DeadMail
{
    /// <summary>What the ids begin with.</summary>
    public const string IdPrefix = "dead_";

    private const int Tenants = 5;
    private static readonly TimeSpan Age = TimeSpan.FromHours(20);
    private static readonly TimeSpan Span = TimeSpan.FromHours(12); // All of them died within as long.
    private static readonly TimeSpan[] Attempts = [.. new[] { 0, 5, 305, 2105, 9305, 27305 }.Select(second => TimeSpan.FromSeconds(second))]; // The schedule of the profile standard.
    private static readonly (string Profile, string[] Types)[] Kinds =
    [
        ("standard", ["order.paid", "order.shipped"]),
        ("morag-stage", ["stage_completed", "pipeline_completed"]),
        ("morag-step", ["step_completed", "step_failed"]),
        ("papr-batch", ["batch.completed"]),
        ("file-conversion", ["document.completed", "document.error"]),
    ];

    private static readonly (DeadLetterReason Reason, int? Status, string? Error, string Detail)[] Causes =
    [
        (DeadLetterReason.RetriesExhausted, 503, null, "upstream connect error or disconnect/reset before headers"),
        (DeadLetterReason.RetriesExhausted, null, nameof(SendError.Tls), "The remote certificate is invalid because of errors in the certificate chain: NotTimeValid"),
        (DeadLetterReason.EndpointGone, 410, null, "the subscription was cancelled"),
    ];

    private readonly IReadOnlyList<Uri> _destinations;
    private readonly int _payload;
    private readonly int _count;
    private readonly EnvelopeIntake _intake;
    private readonly DateTimeOffset _start = DateTimeOffset.UtcNow - Age;

    /// <param name="queueFile">The queue they are for.</param>
    /// <param name="destinations">Where they were to go.</param>
    /// <param name="count">How many there will be.</param>
    /// <param name="payload">The bytes of each one's data.</param>
    public DeadMail(string queueFile, IReadOnlyList<Uri> destinations, int count, int payload)
    {
        (_destinations, _count, _payload) = (destinations, count, payload);
        var errors = new List<SettingError>();
        var profiles = ProfileCatalog.From(new ConfigurationBuilder().Build(), errors);
        _intake = new EnvelopeIntake(new EnvelopeBuilder(profiles, new NetworkPolicy { AllowHttp = true, AllowLoopback = true }), KeyRing.Open(queueFile), new SecretStores(), new ShiftedClock(-Age));
    }

    public static string IdOf(int n) => $"{IdPrefix}{n}";

    /// <summary>The n-th, from 0, in the order of death.</summary>
    public DeadLetter Of(int n)
    {
        var accepted = _start + (Span * ((double)n / _count));
        var cause = Causes[n % Causes.Length];
        return new DeadLetter
        {
            Sequence = 0, // The queue gives it one.
            Message = MessageOf(n),
            Reason = cause.Reason,
            Description = $"{(cause.Reason == DeadLetterReason.RetriesExhausted ? $"attempt {Attempts.Length} of {Attempts.Length} failed: " : "")}{cause.Error ?? $"HTTP {cause.Status}"}: {cause.Detail}",
            EnqueuedAt = accepted,
            DeadLetteredAt = accepted + Attempts[^1] + TimeSpan.FromMilliseconds(n % 900),
            DeliveryCount = 1,
            Progress = new DeliveryProgress { AttemptsMade = Attempts.Length, Attempts = [.. Attempts.Select((after, tried) => AttemptOf(n, tried + 1, accepted + after))] },
        };
    }

    /// <summary>The message that the intake makes of a producer's envelope.</summary>
    private QueueMessage MessageOf(int n)
    {
        var which = n / Causes.Length;
        var (url, kind) = (_destinations[which % _destinations.Count], Kinds[which / _destinations.Count % Kinds.Length]);
        which /= _destinations.Count * Kinds.Length;
        var json = Mail.Of(IdOf(n), url, Mail.Payload(IdOf(n), _payload), kind.Profile, type: kind.Types[which % kind.Types.Length], more: $",\"tenant\":\"tenant_{which % Tenants}\"");
        var read = _intake.Read(Encoding.UTF8.GetBytes(json));
        return read.Message ?? throw new BenchmarkException($"An envelope was refused: {string.Join("; ", read.Errors)}");
    }

    /// <summary>An endpoint that is gone in the end was away before.</summary>
    private static AttemptRecord AttemptOf(int n, int number, DateTimeOffset at)
    {
        var cause = Causes[n % Causes.Length];
        if (cause.Status == 410 && number < Attempts.Length) cause = Causes[0];
        return new AttemptRecord { Number = number, At = at, DurationMs = n % 900, Status = cause.Status, Error = cause.Error, Detail = cause.Detail };
    }
}
